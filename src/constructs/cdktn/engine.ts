// CDKTN as the engine of the shared constructs, with our own bindings of the Consul provider.

import * as library from "cdktn";
import type { EngineTypes } from "../hcl/engine";
import { makeEngine } from "../hcl/library";
import {
  AclAuthMethod,
  AclBindingRule,
  AclPolicy,
  AclRole,
  AclToken,
  ConfigEntry,
  Keys,
  Node,
  Service,
} from "./consul-resources";
import { TokenSecret } from "./consul-token-secret";

export interface Cdktn extends EngineTypes {
  readonly provider: library.TerraformProvider;
  readonly resource: library.TerraformResource;
}

export const engine = makeEngine<Cdktn>(library, {
  node: (scope, id, args) => new Node(scope, id, args),
  service: (scope, id, args) => new Service(scope, id, args),
  configEntry: (scope, id, args) => new ConfigEntry(scope, id, args),
  keys: (scope, id, args) => new Keys(scope, id, args),
  aclPolicy: (scope, id, args) => new AclPolicy(scope, id, args),
  aclRole: (scope, id, args) => new AclRole(scope, id, args),
  aclToken: (scope, id, args) => new AclToken(scope, id, args),
  tokenSecret: (scope, id, args) => new TokenSecret(scope, id, args),
  aclAuthMethod: (scope, id, args) => new AclAuthMethod(scope, id, args),
  aclBindingRule: (scope, id, args) => new AclBindingRule(scope, id, args),
});
