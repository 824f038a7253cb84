// The part of the schema of hashicorp/consul 2.22.1 that the constructs use: types, what is computed, what forces a
// replacement. Argument names and flags are public documentation of that provider.

import type { Value } from "./values";

/** A type as Terraform spells it in JSON, or the attributes of blocks that may be there any number of times in any order. */
export type AttributeType =
  | "string"
  | "number"
  | "bool"
  | readonly ["list" | "set" | "map", "string" | "number"]
  | { readonly blocks: Schema };

export interface Attribute {
  readonly type: AttributeType;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
  readonly sensitive: boolean;
  /** A change replaces the resource. */
  readonly forcesNew: boolean;
  /** What an absent argument means. */
  readonly byDefault: Value;
}

export type Schema = Readonly<Record<string, Attribute>>;

type Flag = "required" | "optional" | "computed" | "sensitive" | "forcesNew";

function attribute(type: AttributeType, flags: readonly Flag[], byDefault: Value = null): Attribute {
  const has = (flag: Flag): boolean => flags.includes(flag);
  return {
    ...{ type, byDefault, required: has("required"), optional: has("optional"), computed: has("computed") },
    ...{ sensitive: has("sensitive"), forcesNew: has("forcesNew") },
  };
}

const ID = attribute("string", ["optional", "computed"]);
const TEXT = attribute("string", ["optional"]);
const IDENTITY = attribute("string", ["required", "forcesNew"]);
const REQUIRED = attribute("string", ["required"]);
const TENANCY = attribute("string", ["optional", "forcesNew"]);
const LATE = attribute("string", ["optional", "computed"]);
const LATE_IDENTITY = attribute("string", ["optional", "computed", "forcesNew"]);
const NAMES = attribute(["set", "string"], ["optional"]);
const META = attribute(["map", "string"], ["optional"]);
const SWITCH = attribute("bool", ["optional"], false);

export const PROVIDER: Schema = {
  ...{ address: TEXT, scheme: TEXT, datacenter: TEXT },
  token: attribute("string", ["optional", "sensitive"]),
};

export const RESOURCE_TYPES = [
  "consul_node",
  "consul_service",
  "consul_config_entry",
  "consul_keys",
  "consul_acl_policy",
  "consul_acl_role",
  "consul_acl_token",
  "consul_acl_auth_method",
  "consul_acl_binding_rule",
] as const;

export type ResourceType = (typeof RESOURCE_TYPES)[number];

export const RESOURCES: Readonly<Record<ResourceType, Schema>> = {
  consul_node: {
    ...{ id: ID, name: IDENTITY, address: IDENTITY, meta: META },
    ...{ datacenter: LATE_IDENTITY, partition: TENANCY },
    token: attribute("string", ["optional", "sensitive"]),
  },
  consul_service: {
    ...{ id: ID, name: IDENTITY, node: IDENTITY, service_id: LATE_IDENTITY },
    // Computed: once it was there, taking the argument away changes nothing.
    address: LATE,
    port: attribute("number", ["optional"]),
    tags: attribute(["list", "string"], ["optional"]),
    ...{ meta: META, enable_tag_override: SWITCH, external: SWITCH },
    weights: attribute(["map", "number"], ["optional"]),
    ...{ datacenter: LATE_IDENTITY, namespace: TENANCY, partition: TENANCY },
  },
  consul_config_entry: {
    ...{ id: ID, kind: IDENTITY, name: IDENTITY, config_json: LATE },
    ...{ namespace: TENANCY, partition: TENANCY },
  },
  consul_keys: {
    ...{ id: ID, datacenter: LATE_IDENTITY, namespace: TENANCY, partition: TENANCY },
    token: attribute("string", ["optional", "sensitive"]),
    var: attribute(["map", "string"], ["computed"]),
    key: attribute(
      {
        blocks: {
          // What the older SDK writes down for what is absent.
          ...{
            path: REQUIRED,
            name: attribute("string", ["optional"], ""),
            value: attribute("string", ["optional"], ""),
          },
          ...{ default: attribute("string", ["optional"], ""), flags: attribute("number", ["optional"], 0) },
          delete: SWITCH,
        },
      },
      ["optional"],
    ),
  },
  consul_acl_policy: {
    ...{ id: ID, name: REQUIRED, rules: REQUIRED, description: TEXT, datacenters: NAMES },
    ...{ namespace: TENANCY, partition: TENANCY },
  },
  consul_acl_role: {
    ...{ id: ID, name: REQUIRED, description: TEXT, policies: NAMES },
    ...{ namespace: TENANCY, partition: TENANCY },
  },
  consul_acl_token: {
    ...{ id: ID, accessor_id: LATE_IDENTITY, description: TEXT, policies: NAMES, roles: NAMES },
    // A replacement is a new secret, and the old one is invalid at once.
    local: attribute("bool", ["optional", "forcesNew"], false),
    expiration_time: LATE_IDENTITY,
    ...{ namespace: TENANCY, partition: TENANCY },
  },
  consul_acl_auth_method: {
    ...{ id: ID, name: IDENTITY, type: IDENTITY, display_name: TEXT, description: TEXT, token_locality: TEXT },
    max_token_ttl: attribute("string", ["optional"], "0s"),
    config_json: TEXT,
    // What is all text is read back here as well, and then hides every difference of config_json.
    config: META,
    ...{ namespace: TENANCY, partition: TENANCY },
  },
  consul_acl_binding_rule: {
    ...{ id: ID, auth_method: IDENTITY, description: TEXT, selector: TEXT, bind_type: IDENTITY, bind_name: REQUIRED },
    ...{ namespace: TENANCY, partition: TENANCY },
  },
};

/** The only one that the constructs read. Both secrets are sensitive there, the encrypted one too. */
export const TOKEN_SECRET: Schema = {
  ...{ id: ID, accessor_id: REQUIRED, pgp_key: TEXT, namespace: TEXT, partition: TEXT },
  ...{ secret_id: attribute("string", ["computed", "sensitive"]) },
  ...{ encrypted_secret_id: attribute("string", ["computed", "sensitive"]) },
};

export function isResourceType(type: string): type is ResourceType {
  return (RESOURCE_TYPES as readonly string[]).includes(type);
}
