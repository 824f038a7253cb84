export const PURE: readonly string[];
export const SHELL: readonly string[];
export const MAY_USE_CRYPTO: readonly string[];
export function toPatterns(names: readonly string[]): readonly string[];
