// Checks of single values: texts, numbers, choices, leaves that may be late.

import { remnantOf } from "../remnants";
import { describe, describeText, isLate } from "./describe";
import { isHostname, isIpAddress } from "./hosts";
import { type Check, isPlainObject, join, type Reading, refuse, report } from "./reading";

/** What a text must be. `problem` says what else is wrong, if anything. */
export interface TextRule {
  readonly allowed: string;
  readonly hint: string;
  readonly test: (text: string) => boolean;
}

/** Any text on one line. */
export const ANY_TEXT: TextRule = {
  allowed: "text without control characters",
  hint: "remove line breaks and other control characters",
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  test: (each) => !/[\u0000-\u001f\u007f]/.test(each),
};

/** A text that must be known now. */
export function text<T extends string = string>(rule: TextRule = ANY_TEXT): Check<T> {
  return (value, path, reading) => {
    if (typeof value !== "string") return refuse(value, path, reading, rule.allowed, "write it as text");
    return checkText(value, rule, path, reading) ? (value as T) : undefined;
  };
}

/** A text that may be late: judged when peek() knows it, accepted until then. */
export function leaf<S>(rule: TextRule): Check<S> {
  return (value, path, reading) => {
    const mayBeLate = typeof value === "string" || isLate(value);
    const known = mayBeLate ? reading.peek(value) : value;
    if (known === undefined) return value as S;
    if (typeof known !== "string") return refuse(value, path, reading, rule.allowed, "write it as text");
    return checkText(known, rule, path, reading) ? (value as S) : undefined;
  };
}

export function oneOf<T extends string>(choices: readonly T[]): Check<T> {
  const test = (value: string): boolean => choices.some((choice) => choice === value);
  return text<T>({ allowed: choices.join(", "), hint: "use one of these words", test });
}

export function integer(min: number, max: number, hint: string): Check<number> {
  return (value, path, reading) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    return refuse(value, path, reading, `a whole number from ${min} to ${max}`, hint);
  };
}

export const bool: Check<boolean> = (value, path, reading) =>
  typeof value === "boolean" ? value : refuse(value, path, reading, "true or false", "write it without quotes");

/** Metadata as Consul takes it: at most 64 pairs, keys to 128 and values to 512 characters. */
export const meta: Check<Readonly<Record<string, string>>> = (value, path, reading) => {
  if (!isPlainObject(value)) return refuse(value, path, reading, "an object of texts", "write key: value pairs");
  const pairs = Object.entries(value).filter(([, each]) => each !== undefined);
  if (pairs.length > 64) {
    report(reading, { path, got: `${pairs.length} pairs`, allowed: "at most 64 pairs", hint: "Consul refuses more" });
  }
  return Object.fromEntries(
    pairs.map(([key, each]) => {
      checkMetaKey(key, join(path, key), reading);
      return [key, text(META_VALUE)(each, join(path, key), reading) ?? ""];
    }),
  );
};

const META_VALUE: TextRule = {
  allowed: "text of at most 512 characters",
  hint: "Consul refuses longer values",
  test: (each) => each.length <= 512 && ANY_TEXT.test(each),
};

/** consul_service writes `external-source` itself and hides it on reading: any other value is a diff for ever. */
function checkMetaKey(key: string, path: string, reading: Reading): void {
  if (key === "external-source") {
    const hint = "the IaC provider writes this key itself; choose another";
    report(reading, { path, got: "a reserved key", allowed: "any other key", hint });
  } else if (!/^[A-Za-z0-9_-]{1,128}$/.test(key)) {
    const allowed = "a key of 1-128 letters, digits, - and _";
    report(reading, { path, got: describeText(key), allowed, hint: "Consul refuses other keys" });
  }
}

function checkText(value: string, rule: TextRule, path: string, reading: Reading): boolean {
  const remnant = remnantOf(value);
  if (remnant === undefined && rule.test(value)) return true;
  const { got, hint } = remnant ?? { got: describe(value), hint: rule.hint };
  report(reading, { path, got, allowed: rule.allowed, hint });
  return false;
}

export const IP_ADDRESS: TextRule = {
  allowed: "an IPv4 or IPv6 address",
  hint: "write it as 10.0.0.9 or fd00::9, without a port; 0.0.0.0 means every interface",
  test: isIpAddress,
};

export const HOST: TextRule = {
  allowed: "an IP address or a hostname",
  hint: "write the bare name or address, without scheme, port or path",
  test: (each) => isIpAddress(each) || isHostname(each),
};

export const FILE: TextRule = {
  allowed: "the path of a file on the gateway's host",
  hint: "write a path such as /etc/egress/ca.pem",
  test: (each) => each !== "" && ANY_TEXT.test(each),
};
