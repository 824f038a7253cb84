// Intentions → RBAC, as an ECDS extension: rules in Consul's order, the first that matches the caller decides.
// Names are whole, escaped expressions over the caller's URI SANs; no rule looks at other names in a certificate.

import type { IntentionAction } from "../../model/props";
import { DEFAULT_TENANCY } from "../../model/service-name";
import { type Home, l4Action, type Rule, rulesOf, type Source } from "../snapshot/sources";
import type { IntentionSet, ServiceSnapshot } from "../snapshot/state";
import { TypedExtensionConfigSchema } from "./gen/envoy/config/core/v3/extension_pb";
import { RBACSchema as HttpRbacSchema } from "./gen/envoy/extensions/filters/http/rbac/v3/rbac_pb";
import { RBACSchema as NetworkRbacSchema } from "./gen/envoy/extensions/filters/network/rbac/v3/rbac_pb";
import type { ServiceNames } from "./names";
import { makeResource, pack } from "./pack";
import { decided, firstOf, type Matcher, type OnMatch, type Predicate, regex, test, URI_SAN } from "./predicates";
import { literal } from "./regex";
import { requestPredicate } from "./request-rules";
import type { Resource } from "./resource";

/** Consul's own, which dashboards know. */
const STAT_PREFIX = "connect_authz";

/** Part of a name in a certificate with one URI: with several they are joined by commas, and none must match. */
const PART = "[^/,]+";

/** `rbac/<sni>`: network RBAC for a TCP service, where L7 intentions deny; HTTP RBAC for all others. */
export function rbacExtension({ intentions, config, trust }: ServiceSnapshot, names: ServiceNames): Resource {
  const { rbac: name, full } = names;
  const isTcp = config.protocol === "tcp";
  const matcher = rbacMatcher(intentions, full, trust.trustDomain, isTcp);
  const typedConfig = isTcp
    ? pack(NetworkRbacSchema, { statPrefix: STAT_PREFIX, matcher })
    : pack(HttpRbacSchema, { matcher });
  return makeResource("extension", TypedExtensionConfigSchema, { name, typedConfig }, { name });
}

/** Whoever is no service of this trust domain is denied, whatever the default says. */
function rbacMatcher(set: IntentionSet, home: Home, trustDomain: string, isTcp: boolean): Matcher {
  const rules = rulesOf(set, home).map((rule) => ({
    predicate: isCaller(rule.source, trustDomain),
    onMatch: isTcp ? decided(l4Action(rule)) : httpDecision(rule, set.defaultAction),
  }));
  const others = { predicate: isAnyService(trustDomain), onMatch: decided("allow") };
  return firstOf([...rules, ...(set.defaultAction === "allow" ? [others] : [])], decided("deny"));
}

/** An L7 intention's permissions in their order; where none matches, the default and no other intention decides. */
function httpDecision({ intention }: Rule, otherwise: IntentionAction): OnMatch {
  if (intention.permissions === undefined) return decided(intention.action ?? "deny");
  const matchers: { predicate: Predicate; onMatch: OnMatch }[] = [];
  for (const permission of intention.permissions) {
    const predicate = requestPredicate(permission);
    const onMatch = decided(permission.action);
    if (predicate === undefined) return nested(firstOf(matchers, onMatch));
    matchers.push({ predicate, onMatch });
  }
  return nested(firstOf(matchers, decided(otherwise)));
}

function nested(matcher: Matcher): OnMatch {
  return { onMatch: { case: "matcher", value: matcher } };
}

function isCaller({ partition, namespace, name }: Source, trustDomain: string): Predicate {
  const ap = partition === DEFAULT_TENANCY ? "" : `/ap/${literal(partition)}`;
  return uri(`spiffe://${literal(trustDomain)}${ap}/ns/${part(namespace)}/dc/${PART}/svc/${part(name)}`);
}

function isAnyService(trustDomain: string): Predicate {
  return uri(`spiffe://${literal(trustDomain)}(?:/ap/${PART})?/ns/${PART}/dc/${PART}/svc/${PART}`);
}

function part(name: string): string {
  return name === "*" ? PART : literal(name);
}

function uri(pattern: string): Predicate {
  return test(URI_SAN, regex(`^${pattern}$`));
}
