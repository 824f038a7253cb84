// Pulumi's spelling of resource types, attributes and special values ↔ Terraform's, as a bridged provider translates them.

import { isResourceType, type ResourceType } from "./schema";
import { type Attributes, UNKNOWN, type Value } from "./values";

/** What stands for "known after apply" and marks a secret in Pulumi's own protocol. */
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SECRET_KEY = "4dabf18193072939515e22adb298388d";

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
/** Blocks are plural there: the one name that differs in more than its spelling. */
const PLURAL = { attribute: "key", property: "keys" } as const;

/** `urn:pulumi:…::…$consul:index/configEntry:ConfigEntry::name` → `consul_config_entry`. */
export function typeOfUrn(urn: string): ResourceType {
  const [, member = ""] = /consul:index\/(\w+):\w+::/.exec(urn) ?? [];
  const type = `consul_${snake(member)}`;
  if (!isResourceType(type)) throw new Error(`the provider for tests has no ${member}`);
  return type;
}

/** Properties of a message → attributes; secrets are opened, `id` and the engine's own properties are left out. */
export function toAttributes(properties: unknown): Attributes {
  const entries = Object.entries(toValue(properties) as Attributes).filter(([name]) => !name.startsWith("__"));
  return Object.fromEntries(
    entries.map(([name, value]) => [name === PLURAL.property ? PLURAL.attribute : snake(name), value]),
  );
}

function toValue(value: unknown): Value {
  if (value === UNKNOWN_TEXT) return UNKNOWN;
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value !== "object" || value === null) return value as Value;
  if (SECRET_KEY in value) return toValue((value as { value?: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toValue(each)]));
}

/** Attributes → properties; what has no value is left out, and so is the id, which Pulumi holds apart. */
export function toProperties(attributes: Attributes): Readonly<Record<string, unknown>> {
  const entries = Object.entries(attributes).filter(([name, value]) => value !== null && name !== "id");
  return Object.fromEntries(entries.map(([name, value]) => [propertyName(name), toProperty(value)]));
}

function toProperty(value: Value): unknown {
  if (value === UNKNOWN) return UNKNOWN_TEXT;
  if (Array.isArray(value)) return value.map(toProperty);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toProperty(each)]));
}

export function propertyName(attribute: string): string {
  return attribute === PLURAL.attribute ? PLURAL.property : camel(attribute);
}
