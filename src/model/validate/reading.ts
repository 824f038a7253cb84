// Reads untrusted values by tables of fields. What is refused is reported and left out, so that reading goes on and
// every mistake is found in one pass.

import type { Issue } from "../issues";
import { describe, isLate } from "./describe";
import { suggest } from "./suggest";

/** One pass over one declaration. */
export interface Reading {
  /** Grows as mistakes are found. */
  readonly issues: Issue[];
  /** Text of a leaf, undefined while it is not known. */
  readonly peek: (leaf: unknown) => unknown;
  /** Additive fields of a newer release are no mistake where leaving them out cannot widen access. @default false */
  readonly tolerant?: boolean;
}

/** The value if it is right; otherwise it reports why not and returns undefined. */
export type Check<T> = (value: unknown, path: string, reading: Reading) => T | undefined;

export interface Field<T> {
  readonly check: Check<T>;
  readonly required: boolean;
}

/** One field for each prop of P: a prop without a field, or the other way round, does not compile. */
export type Fields<P> = { readonly [K in keyof P]-?: Field<Required<P>[K]> };

/** P as far as it is right: refused and absent fields are missing at every level. */
export type Draft<P> = P extends readonly (infer E)[]
  ? readonly (Draft<E> | undefined)[]
  : P extends object
    ? { readonly [K in keyof P]?: Draft<P[K]> }
    : P;

export const required = <T>(check: Check<T>): Field<T> => ({ check, required: true });
export const optional = <T>(check: Check<T>): Field<T> => ({ check, required: false });

export function report(reading: Reading, issue: Issue): void {
  reading.issues.push(issue);
}

/** Whether an issue was reported for exactly this path: then rules about its absence have nothing to say. */
export function isRefused(reading: Reading, path: string): boolean {
  return reading.issues.some((issue) => issue.path === path);
}

export const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

/** `given` names the fields that were written, right or wrong. */
export type Rules<P> = (draft: Draft<P>, path: string, reading: Reading, given: ReadonlySet<string>) => void;

export interface ObjectRules<P> {
  /** Mistakes that only show in several fields together. */
  readonly rules?: Rules<P>;
  /** Unknown fields are mistakes even in a tolerant reading: dropping a condition would widen access. @default false */
  readonly strict?: boolean;
}

/** An object of exactly these fields. Its value is a draft: complete if and only if nothing was reported. */
export function object<P extends object>(fields: Fields<P>, options: ObjectRules<P> = {}): Check<P> {
  const known = Object.keys(fields);
  return (value, path, reading) => {
    if (!isPlainObject(value))
      return refuse(value, path || "props", reading, "an object", "write the fields in braces");
    if (reading.tolerant !== true || options.strict === true) reportUnknown(value, known, path, reading);
    const draft: Record<string, unknown> = {};
    for (const [key, field] of Object.entries<Field<unknown>>(fields)) {
      const each = Object.hasOwn(value, key) ? value[key] : undefined;
      const read =
        each === undefined ? absent(field, join(path, key), reading) : field.check(each, join(path, key), reading);
      if (read !== undefined) draft[key] = read;
    }
    const given = new Set(Object.keys(value).filter((key) => value[key] !== undefined));
    options.rules?.(draft as Draft<P>, path, reading, given);
    return draft as P;
  };
}

/** A list; a refused element leaves a hole, so that the others keep their index. */
export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path, reading) => {
    if (!Array.isArray(value)) return refuse(value, path, reading, "a list", "write the elements in brackets");
    return Array.from(value, (each, index) => check(each, `${path}[${index}]`, reading)) as T[];
  };
}

/** Reports a value that is not of the expected kind. */
export function refuse(value: unknown, path: string, reading: Reading, allowed: string, hint: string): undefined {
  const late = isLate(value) || (typeof value === "number" && Math.abs(value) > 1e21);
  const lateHint =
    "only addresses, SNI, file paths and what only an auth method holds may be known late: this must be a plain value";
  report(reading, { path, got: describe(value), allowed, hint: late ? lateHint : hint });
  return undefined;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isLate(value);
}

function absent(field: Field<unknown>, path: string, reading: Reading): undefined {
  if (field.required) report(reading, { path, got: "nothing", allowed: "a value", hint: "it is required" });
  return undefined;
}

function reportUnknown(value: object, known: readonly string[], path: string, reading: Reading): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const near = suggest(key, known);
    report(reading, {
      path: join(path, key),
      got: "an unknown name",
      allowed: known.join(", "),
      hint: near === undefined ? "remove it or see the list of names" : `did you mean "${near}"?`,
    });
  }
}
