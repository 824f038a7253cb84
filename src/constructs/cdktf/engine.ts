// CDKTF as the engine of the shared constructs, with the resources of @cdktf/provider-consul.

import { AclAuthMethod } from "@cdktf/provider-consul/lib/acl-auth-method/index.js";
import { AclBindingRule } from "@cdktf/provider-consul/lib/acl-binding-rule/index.js";
import { AclPolicy } from "@cdktf/provider-consul/lib/acl-policy/index.js";
import { AclRole } from "@cdktf/provider-consul/lib/acl-role/index.js";
import { AclToken } from "@cdktf/provider-consul/lib/acl-token/index.js";
import { ConfigEntry } from "@cdktf/provider-consul/lib/config-entry/index.js";
import { DataConsulAclTokenSecretId } from "@cdktf/provider-consul/lib/data-consul-acl-token-secret-id/index.js";
import { Keys } from "@cdktf/provider-consul/lib/keys/index.js";
import { Node } from "@cdktf/provider-consul/lib/node/index.js";
import { Service } from "@cdktf/provider-consul/lib/service/index.js";
import * as library from "cdktf";
import type { EngineTypes } from "../hcl/engine";
import { makeEngine } from "../hcl/library";

export interface Cdktf extends EngineTypes {
  readonly provider: library.TerraformProvider;
  readonly resource: library.TerraformResource;
}

export const engine = makeEngine<Cdktf>(library, {
  node: (scope, id, args) => new Node(scope, id, args),
  service: (scope, id, args) => new Service(scope, id, args),
  configEntry: (scope, id, args) => new ConfigEntry(scope, id, args),
  keys: (scope, id, args) => new Keys(scope, id, args),
  aclPolicy: (scope, id, args) => new AclPolicy(scope, id, args),
  aclRole: (scope, id, args) => new AclRole(scope, id, args),
  aclToken: (scope, id, args) => new AclToken(scope, id, args),
  tokenSecret: (scope, id, args) => new DataConsulAclTokenSecretId(scope, id, args),
  aclAuthMethod: (scope, id, args) => new AclAuthMethod(scope, id, args),
  aclBindingRule: (scope, id, args) => new AclBindingRule(scope, id, args),
});
