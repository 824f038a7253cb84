// Plan items of the gateway process's rights: policy and role, and a token, or where and as whom it logs in.

import { aclRules } from "./acl";
import { aclName, authMethodName } from "./acl-names";
import { authMethodOf, selectorOf } from "./auth";
import type { GatewayModel } from "./gateway";
import type { AclAuthMethodItem, AclBindingRuleItem, AclTokenSecretItem, PlanItem } from "./plan-types";
import { formatServiceName } from "./service-name";

/** Key of the one resource whose name Consul does not let two declarations share. */
export const POLICY_KEY = "policy";

const TOKEN_KEY = "token";

/** Key of the item that holds the token's secret, encrypted. */
export const TOKEN_SECRET_KEY = "token-secret";

interface Names {
  /** Of policy and role. */
  readonly name: string;
  readonly description: string;
}

/** Names, not ids: the server knows roles and policies of a token by name only. */
export function aclItems<S>(model: GatewayModel<S>): readonly PlanItem<S>[] {
  const { enabled, token } = model.acl;
  if (!enabled) return [];
  const names: Names = { name: aclName(model), description: `Terminating gateway ${formatServiceName(model)}` };
  const { name, description } = names;
  return [
    { kind: "acl-policy", key: POLICY_KEY, dependsOn: [], args: { name, description, rules: aclRules(model) } },
    { kind: "acl-role", key: "role", dependsOn: [POLICY_KEY], args: { name, description, policies: [name] } },
    ...(token
      ? [{ kind: "acl-token", key: TOKEN_KEY, dependsOn: ["role"], args: { description, roles: [name] } } as const]
      : []),
    ...authItems(model, names),
  ];
}

/** What is exported of the token; nobody waits for it. */
export function exportItems<S>({ acl }: GatewayModel<S>): readonly AclTokenSecretItem<S>[] {
  const { token, exportToken } = acl;
  if (!token || exportToken === undefined) return [];
  const { pgpKey } = exportToken;
  return [
    { kind: "acl-token-secret", key: TOKEN_SECRET_KEY, dependsOn: [TOKEN_KEY], token: TOKEN_KEY, args: { pgpKey } },
  ];
}

/** The method waits for the policy, as everything does: a second declaration fails before it has touched the first one's. */
function authItems<S>(
  model: GatewayModel<S>,
  { name, description }: Names,
): readonly (AclAuthMethodItem<S> | AclBindingRuleItem)[] {
  const { auth } = model;
  if (auth === undefined) return [];
  const authMethod = authMethodName(model);
  const made = authMethodOf(auth);
  const { maxTokenTtl = "" } = auth;
  const selector = selectorOf(auth);
  const method: AclAuthMethodItem<S> | undefined = made && {
    kind: "acl-auth-method",
    key: "auth-method",
    dependsOn: [POLICY_KEY],
    args: { name: authMethod, description, maxTokenTtl, ...made },
  };
  const rule: AclBindingRuleItem = {
    kind: "acl-binding-rule",
    key: "binding-rule",
    dependsOn: ["role", ...(method === undefined ? [] : [method.key])],
    args: {
      ...{ authMethod, description },
      ...(selector === undefined ? {} : { selector }),
      ...{ bindType: "role", bindName: name },
    },
  };
  return method === undefined ? [rule] : [method, rule];
}
