// Rules that the props of several launchers share. Paths start with `launcher`.

import type { Issue } from "../../model/issues";
import { remnantOf } from "../../model/remnants";

/** Paths, users and arguments end up in unit files and shell scripts, on one line each. */
export function textIssues(
  path: string,
  value: unknown,
  options: { readonly absolute?: boolean } = {},
): readonly Issue[] {
  if (value === undefined) return [];
  const allowed = options.absolute === true ? "an absolute path" : "text on one line";
  if (typeof value !== "string") return [{ path, got: `a ${typeof value}`, allowed, hint: "write it as text" }];
  const remnant = remnantOf(value);
  if (remnant !== undefined) return [{ path, ...remnant, allowed }];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (value === "" || /[\u0000-\u001f\u007f]/.test(value)) {
    return [{ path, got: "an empty text or one with control characters", allowed, hint: "write it on one line" }];
  }
  if (options.absolute === true && !value.startsWith("/")) {
    return [{ path, got: "a relative path", allowed, hint: "start it with /" }];
  }
  return [];
}

export function listIssues(path: string, values: unknown): readonly Issue[] {
  if (values === undefined) return [];
  if (!Array.isArray(values))
    return [{ path, got: "no list", allowed: "a list of texts", hint: "write it in brackets" }];
  return values.flatMap((each, index) => textIssues(`${path}[${index}]`, each));
}

export function secondsIssues(path: string, value: unknown): readonly Issue[] {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 3600)) return [];
  return [{ path, got: "another value", allowed: "a whole number from 0 to 3600", hint: "in seconds" }];
}
