// Arguments of our own bindings: one table says what is written as Terraform JSON and, with the types, as HCL.

/** An argument and what `synth --hcl` must know to write it. */
export interface Attribute {
  readonly value: unknown;
  readonly isBlock: boolean;
  readonly type: "simple" | "map" | "list" | "set" | "struct";
  readonly storageClassType: string;
}

/** By Terraform's name; `alias` and nested blocks included. */
export type Attributes = Readonly<Record<string, Attribute>>;

const of =
  (type: Attribute["type"], storageClassType: string, isBlock = false) =>
  (value: unknown): Attribute => ({ value, isBlock, type, storageClassType });

export const text = of("simple", "string");
export const number = of("simple", "number");
export const flag = of("simple", "boolean");
export const texts = of("list", "stringList");
export const textMap = of("map", "stringMap");
export const numberMap = of("map", "numberMap");

/** A nested block that is there at most once. */
export function block(storageClassType: string, attributes: Attributes | undefined): Attribute {
  return of("struct", storageClassType, true)(attributes);
}

/** A nested block for each entry. */
export function blocks(storageClassType: string, entries: readonly Attributes[] | undefined): Attribute {
  return of("list", storageClassType, true)(entries);
}

/** The same where their order means nothing. */
export function blockSet(storageClassType: string, entries: readonly Attributes[]): Attribute {
  return of("set", storageClassType, true)(entries);
}

/** For `synthesizeAttributes()`; what is undefined is not written. */
export function toJson(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([name, each]) => [name, jsonOf(each)]));
}

/** For `synthesizeHclAttributes()`. */
export function toHcl(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, each]) => (each.value === undefined ? [] : [[name, hclOf(each)]])),
  );
}

function jsonOf({ value, isBlock }: Attribute): unknown {
  if (!isBlock || value === undefined) return value;
  return Array.isArray(value) ? value.map(toJson) : toJson(value as Attributes);
}

function hclOf(attribute: Attribute): Attribute {
  const { value, isBlock } = attribute;
  if (!isBlock) return attribute;
  return { ...attribute, value: Array.isArray(value) ? value.map(toHcl) : toHcl(value as Attributes) };
}
