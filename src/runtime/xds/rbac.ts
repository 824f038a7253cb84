// Intentions of an HTTP service → RBAC, as an ECDS extension: rules in Consul's order, the first that matches the caller
// decides. And the one check of TCP callers that their handshake cannot make.
// Names are whole, escaped expressions over the caller's URI SANs; no rule looks at other names in a certificate.

import type { IntentionAction } from "../../model/props";
import { DEFAULT_TENANCY } from "../../model/service-name";
import { type Rule, rulesOf, type Source } from "../snapshot/sources";
import type { ServiceSnapshot, TrustBundle } from "../snapshot/state";
import { TypedExtensionConfigSchema } from "./gen/lean/envoy/config/core/v3/extension_pb";
import { RBACSchema as HttpRbacSchema } from "./gen/lean/envoy/extensions/filters/http/rbac/v3/rbac_pb";
import { RBACSchema as NetworkRbacSchema } from "./gen/lean/envoy/extensions/filters/network/rbac/v3/rbac_pb";
import { MESH_IDENTITY, type ServiceNames } from "./names";
import { makeResource, pack } from "./pack";
import { decided, firstOf, type Matcher, type OnMatch, type Predicate, regex, test, URI_SAN } from "./predicates";
import { literal } from "./regex";
import { requestPredicate } from "./request-rules";
import type { Resource } from "./resource";

/** Consul's own, which dashboards know. */
const STAT_PREFIX = "connect_authz";

/** Part of a name in a certificate with one URI: with several they are joined by commas, and none must match. */
const PART = "[^/,]+";

/**
 * `rbac/<service>` of an HTTP service. Whoever is no service of this trust domain is denied, whatever the default says.
 * TCP services need none: their handshake admits exactly the allowed callers.
 */
export function rbacExtension({ intentions, trust }: ServiceSnapshot, names: ServiceNames): Resource {
  const { rbac: name, full } = names;
  const rules = rulesOf(intentions, full).map((rule) => ({
    predicate: isCaller(rule.source, trust.trustDomain),
    onMatch: httpDecision(rule, intentions.defaultAction),
  }));
  const others = { predicate: isAnyService(trust.trustDomain), onMatch: decided("allow") };
  const matchers = [...rules, ...(intentions.defaultAction === "allow" ? [others] : [])];
  const typedConfig = pack(HttpRbacSchema, { matcher: firstOf(matchers, decided("deny")) });
  return makeResource("extension", TypedExtensionConfigSchema, { name, typedConfig }, { name });
}

/**
 * `mesh-identity` of all TCP services: the caller's certificate has one URI, and it is that of a service of this trust
 * domain. A resource of its own, so that each listener, sent again with each revocation, only names it. No match is
 * denial (envoy.extensions.filters.network.rbac.v3.RBAC, `matcher`).
 */
export function meshIdentityExtension({ trustDomain }: TrustBundle): Resource {
  const matchers = [{ predicate: isAnyService(trustDomain), onMatch: decided("allow") }];
  const typedConfig = pack(NetworkRbacSchema, {
    statPrefix: STAT_PREFIX,
    matcher: { matcherType: { case: "matcherList", value: { matchers } } },
  });
  return makeResource(
    "extension",
    TypedExtensionConfigSchema,
    { name: MESH_IDENTITY, typedConfig },
    { name: MESH_IDENTITY },
  );
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
