// Values of resource attributes, as both engines' providers handle them: Terraform's names, JSON, and "known after apply".

/** What is known only after the apply. */
export const UNKNOWN: unique symbol = Symbol("known after apply");

export type Value = null | boolean | number | string | typeof UNKNOWN | readonly Value[] | Attributes;

/** Attributes in Terraform's snake_case. */
export interface Attributes {
  readonly [name: string]: Value;
}

/** null, "", [] and {}: Terraform's older SDK, on which the provider is built, holds them for one and the same. */
export function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Deep equality: keys in any order, lists in order; "known after apply" equals nothing. */
export function isEqual(a: Value | undefined, b: Value | undefined): boolean {
  if (a === UNKNOWN || b === UNKNOWN) return false;
  return JSON.stringify(sortKeys(a)) === JSON.stringify(sortKeys(b));
}

/** The same value with the keys of every object sorted. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}

/** Text of an attribute, "" where it has none. */
export function textOf(value: Value | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Elements of a list or set of texts. */
export function textsOf(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? value.map((each) => textOf(each as Value)) : [];
}

/** Entries of a map; empty where there is none. */
export function mapOf(value: Value | undefined): Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Attributes) : {};
}
