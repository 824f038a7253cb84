// Values of gateway options as people and Consul write them: numbers and booleans as text too, one element for a list.
// Consul reads them as loosely, and gives a list of one element back without its brackets.

import { isIpAddress } from "../validate/hosts";
import { isPlainObject } from "../validate/reading";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Reads one kind of value; undefined for what it is not. */
export interface Kind<T> {
  readonly allowed: string;
  readonly read: (value: unknown) => T | undefined;
}

/** A listener of its own: `name` is the key under which it was written. */
export interface NamedPlace {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export const flag: Kind<boolean> = {
  allowed: "true or false",
  read(value) {
    if (value === true || value === "true" || value === 1 || value === "1") return true;
    return value === false || value === "false" || value === 0 || value === "0" ? false : undefined;
  },
};

export function whole(least: number, most: number): Kind<number> {
  return {
    allowed: `a whole number, ${least}-${most}`,
    read(value) {
      const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
      return typeof number === "number" && Number.isInteger(number) && number >= least && number <= most
        ? number
        : undefined;
    },
  };
}

/** Consul compares it in lower case. */
export function choice<T extends string>(...choices: readonly T[]): Kind<T> {
  return {
    allowed: choices.join(", "),
    read: (value) =>
      typeof value === "string" ? choices.find((each) => each === value.trim().toLowerCase()) : undefined,
  };
}

/** `ip:port`, as `0.0.0.0:9102` or `[::1]:9102`. */
export const place: Kind<{ readonly address: string; readonly port: number }> = {
  allowed: "ip:port",
  read(value) {
    const [, ipv6, ipv4, text] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(String(value)) ?? [];
    const address = ipv6 ?? ipv4 ?? "";
    const port = portOf(Number(text));
    return port !== undefined && isIpAddress(address) ? { address, port } : undefined;
  },
};

/** Name → address and port, the keys in any case; sorted by name. */
export const places: Kind<readonly NamedPlace[]> = {
  allowed: "an object of name to {address, port}, the address an IP address",
  read(value) {
    if (!isPlainObject(value)) return undefined;
    const found = Object.entries(value).map(([name, each]) => placeOf(name, each));
    if (found.some((each) => each === undefined)) return undefined;
    return (found as NamedPlace[]).sort((a, b) => (a.name < b.name ? -1 : 1));
  },
};

function placeOf(name: string, value: unknown): NamedPlace | undefined {
  if (!isPlainObject(value) || !/^[\w.-]{1,64}$/.test(name)) return undefined;
  const fields = Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toLowerCase(), each]));
  const { address } = fields;
  const port = portOf(whole(1, 65_535).read(fields.port));
  return typeof address === "string" && isIpAddress(address) && port !== undefined
    ? { name, address, port }
    : undefined;
}

function portOf(port: number | undefined): number | undefined {
  return port !== undefined && port >= 1 && port <= 65_535 ? port : undefined;
}

/** One text or several. */
export const texts: Kind<readonly string[]> = {
  allowed: "a list of texts",
  read(value) {
    const list = Array.isArray(value) ? value : [value];
    return list.every((each) => typeof each === "string" && each !== "") ? (list as string[]) : undefined;
  },
};

export function text(pattern: RegExp, allowed: string): Kind<string> {
  return { allowed, read: (value) => (typeof value === "string" && pattern.test(value) ? value : undefined) };
}

/** One JSON object as text. */
export const json: Kind<JsonObject> = {
  allowed: "the text of one JSON object",
  read(value) {
    const parsed = typeof value === "string" ? parse(value) : undefined;
    return isPlainObject(parsed) ? (parsed as JsonObject) : undefined;
  },
};

/** Several JSON objects as text: with commas between them, as Consul's templates want them, or as a JSON list. */
export const jsonList: Kind<readonly JsonObject[]> = {
  allowed: "the text of JSON objects, with commas between them",
  read(value) {
    const parsed = typeof value === "string" ? parse(`[${value}]`) : undefined;
    const list = Array.isArray(parsed) ? parsed.flat() : undefined;
    return list?.every(isPlainObject) === true ? (list as JsonObject[]) : undefined;
  },
};

function parse(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
