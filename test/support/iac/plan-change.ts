// What a provider answers to "what would you change": the planned values and the arguments that force a replacement, with
// the differences suppressed that the provider's SDK and its own rules suppress.

import { isSameAuthMethod } from "./auth-operations";
import { isSameConfig } from "./config-entry-text";
import { type Attribute, RESOURCES, type ResourceType, type Schema } from "./schema";
import { type Attributes, isEmpty, isEqual, mapOf, sortKeys, UNKNOWN, type Value } from "./values";

export interface PlannedChange {
  /** Every attribute of the schema. */
  readonly planned: Attributes;
  /** Names of attributes that differ from what there is. */
  readonly changed: readonly string[];
  /** Those of them that cannot change in place. */
  readonly replaces: readonly string[];
}

/**
 * @param prior what there is; null when it is to be created
 * @param config what the user wants; absent arguments are null or missing
 */
export function planChange(type: ResourceType, prior: Attributes | null, config: Attributes): PlannedChange {
  const schema = RESOURCES[type];
  const entries = Object.entries(schema).map(([name, attribute]): [string, Value] => {
    const wanted = filled(attribute, config[name] ?? attribute.byDefault);
    if (prior === null) return [name, wanted === null && attribute.computed ? UNKNOWN : wanted];
    const had = prior[name] ?? null;
    if (wanted === null && attribute.computed) return [name, had];
    return [name, isNoDifference(type, { name, attribute, had, wanted, config, prior }) ? had : wanted];
  });
  const planned = Object.fromEntries(entries);
  const changed = prior === null ? [] : Object.keys(schema).filter((name) => planned[name] !== (prior[name] ?? null));
  return { planned, changed, replaces: changed.filter((name) => schema[name]?.forcesNew === true) };
}

interface Difference {
  readonly name: string;
  readonly attribute: Attribute;
  readonly had: Value;
  readonly wanted: Value;
  readonly config: Attributes;
  readonly prior: Attributes | null;
}

function isNoDifference(type: ResourceType, { name, attribute, had, wanted, config, prior }: Difference): boolean {
  if (wanted === UNKNOWN) return false;
  if (isEmpty(had) && isEmpty(wanted)) return true;
  if (type === "consul_config_entry" && name === "config_json") {
    return isSameConfig(String(config.kind), String(had), String(wanted));
  }
  if (type === "consul_acl_auth_method" && prior !== null && isSameAuthMethod(name, had, wanted, prior)) return true;
  // What the server fills in where nothing was said.
  if (name === "weights" && isEmpty(wanted)) return isEqual(mapOf(had), { passing: 1, warning: 1 });
  const isSet = blocksOf(attribute) !== undefined || (Array.isArray(attribute.type) && attribute.type[0] === "set");
  return isSet ? isEqual(sorted(had), sorted(wanted)) : isEqual(had, wanted);
}

const sorted = (value: Value): Value =>
  Array.isArray(value) ? value.toSorted((a, b) => (textOfJson(a) < textOfJson(b) ? -1 : 1)) : value;

const textOfJson = (value: Value): string => JSON.stringify(sortKeys(value)) ?? "";

/** The attributes of nested blocks; undefined for everything else. */
export function blocksOf({ type }: Attribute): Schema | undefined {
  return typeof type === "object" && "blocks" in type ? type.blocks : undefined;
}

/** Blocks with every attribute, absent ones by their defaults; anything else as it is. */
function filled(attribute: Attribute, value: Value): Value {
  const blocks = blocksOf(attribute);
  if (blocks === undefined || !Array.isArray(value)) return value;
  return value.map((each) =>
    Object.fromEntries(Object.entries(blocks).map(([name, { byDefault }]) => [name, mapOf(each)[name] ?? byDefault])),
  );
}

/** All attributes of a schema and no others; null where there is no value, and no block where there is none. */
export function shape(schema: Schema, values: Attributes): Attributes {
  const entries = Object.entries(schema).map(([name, attribute]): [string, Value] => {
    const value = filled(attribute, values[name] ?? null);
    return [name, value === null && blocksOf(attribute) !== undefined ? [] : value];
  });
  return Object.fromEntries(entries);
}

/**
 * The state after a write: what was read back, but null where nothing was wanted and the server returned something empty.
 * Only the next refresh shows those, which is why a first plan after a creation tells of changes outside.
 */
export function stateAfterWrite(schema: Schema, wanted: Attributes, read: Attributes): Attributes {
  const entries = Object.keys(schema).map((name): [string, Value] => {
    const value = read[name] ?? null;
    const isUnasked = (wanted[name] ?? null) === null;
    return [name, isUnasked && isEmpty(value) ? null : value];
  });
  return Object.fromEntries(entries);
}
