// What a provider does to Consul for each resource type: write, read back, delete, and what an import id means.

import { acl } from "./acl-operations";
import { authMethod, bindingRule } from "./auth-operations";
import { node, service } from "./catalog-operations";
import { configEntry } from "./config-entry-operations";
import type { ConsulClient } from "./consul-client";
import { keys } from "./keys-operations";
import type { ResourceType } from "./schema";
import type { Attributes } from "./values";

export interface Operations {
  /** Creates, or updates what was `prior`, and reads back. `id` of an existing resource is among the attributes. */
  write(client: ConsulClient, wanted: Attributes, prior: Attributes | null): Promise<Attributes>;
  /** Undefined when it is gone. */
  read(client: ConsulClient, known: Attributes): Promise<Attributes | undefined>;
  delete(client: ConsulClient, known: Attributes): Promise<void>;
  /** What read() needs of an import id. */
  fromImportId(id: string): Attributes;
}

export const OPERATIONS: Readonly<Record<ResourceType, Operations>> = {
  consul_node: node,
  consul_service: service,
  consul_config_entry: configEntry,
  consul_keys: keys,
  consul_acl_policy: acl.policy,
  consul_acl_role: acl.role,
  consul_acl_token: acl.token,
  consul_acl_auth_method: authMethod,
  consul_acl_binding_rule: bindingRule,
};
