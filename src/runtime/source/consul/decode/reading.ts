// Reads JSON of unknown shape: strict on what is used, blind to the rest. Config entries of newer servers carry a `Hash`
// above 2^53 that JavaScript rounds: nothing here reads it or passes it on.

export class DecodeError extends Error {
  constructor(path: string, expected: string) {
    super(`Consul's answer has no ${expected} at ${path}`);
    this.name = "DecodeError";
  }
}

export type Fields = Readonly<Record<string, unknown>>;

export function readObject(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new DecodeError(path, "object");
  return value as Fields;
}

/** Each element read by `read`; Go writes an empty list as null. */
export function readList<T>(value: unknown, path: string, read: (item: unknown, path: string) => T): readonly T[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new DecodeError(path, "list");
  return value.map((item, at) => read(item, `${path}[${at}]`));
}

export function readText(fields: Fields, key: string, path: string): string {
  const value = fields[key];
  if (typeof value !== "string" || value === "") throw new DecodeError(`${path}.${key}`, "text");
  return value;
}

/** Go writes what is not set as "", null or not at all. */
export function readOptionalText(fields: Fields, key: string, path: string): string | undefined {
  const value = fields[key];
  if (value === undefined || value === null || value === "") return undefined;
  return readText(fields, key, path);
}

export function readWhole(fields: Fields, key: string, path: string): number {
  const value = fields[key];
  if (typeof value !== "number" || !Number.isSafeInteger(value))
    throw new DecodeError(`${path}.${key}`, "whole number");
  return value;
}

export function readFlag(fields: Fields, key: string, path: string, absent: boolean): boolean {
  const value = fields[key];
  if (value === undefined || value === null) return absent;
  if (typeof value !== "boolean") throw new DecodeError(`${path}.${key}`, "true or false");
  return value;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** A Go duration as text (`1m30s`) or in nanoseconds, in milliseconds; 0 where it is not set. */
export function readDurationMs(fields: Fields, key: string, path: string): number {
  const value = fields[key];
  if (value === undefined || value === null || value === "") return 0;
  if (typeof value === "number") return value / 1e6;
  const text = typeof value === "string" ? value : "";
  if (text === "0") return 0;
  if (!/^(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+$/.test(text)) throw new DecodeError(`${path}.${key}`, "duration");
  let ms = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)) {
    ms += Number(count) * (UNIT_MS[unit ?? ""] ?? 0);
  }
  return ms;
}
