// The ACL policy of the gateway process: exactly what it needs, by exact names as far as they are known.

import type { GatewayModel, ServiceModel } from "./gateway";
import { manifestKey } from "./manifest-names";
import { DEFAULT_TENANCY } from "./service-name";

type Rules = { readonly [name: string]: { readonly policy: "read" | "write" } };

interface Scope {
  readonly key?: Rules;
  readonly service?: Rules;
  readonly service_prefix?: Rules;
  readonly node?: Rules;
  readonly node_prefix?: Rules;
  readonly session?: Rules;
  readonly session_prefix?: Rules;
  readonly namespace?: { readonly [name: string]: Scope };
  readonly partition?: { readonly [name: string]: Scope };
}

/**
 * JSON rules of the policy: write on the gateway's own name and on each linked service (to obtain that service's leaf),
 * read on exactly the nodes that carry their instances, write on the nodes of the replicas that register themselves and on
 * the sessions by which these see that one of them died, read on the manifest's key where it is delivered so. A wildcard
 * link stands for names that nobody knows yet, so there
 * every service and every node is meant. Keys are sorted: an equal declaration gives equal text.
 */
export function aclRules(model: GatewayModel<unknown>): string {
  const home = model.namespace ?? DEFAULT_TENANCY;
  const names = new Set([home, ...model.services.map(({ namespace }) => namespace ?? home)]);
  const scopes = [...names].map((name): [string, Scope] => {
    const services = model.services.filter(({ namespace }) => (namespace ?? home) === name);
    if (name !== home) return [name, serviceRules(services, undefined)];
    return [name, { ...keyRules(model), ...serviceRules(services, model.name), ...sessionRules(model) }];
  });
  // Enterprise: rules for another namespace are nested, and a partition nests them all. Nodes belong to the partition.
  const bare = Object.fromEntries(scopes)[DEFAULT_TENANCY];
  const nested = scopes.filter(([namespace]) => namespace !== DEFAULT_TENANCY);
  const isPartitioned = model.partition !== undefined && model.partition !== DEFAULT_TENANCY;
  const namespace = isPartitioned ? scopes : nested;
  const inner: Scope = {
    ...(namespace.length === 0 ? {} : { namespace: byName(namespace) }),
    ...nodeRules(model),
    ...(isPartitioned ? {} : bare),
  };
  return JSON.stringify(isPartitioned ? { partition: { [model.partition]: inner } } : inner);
}

function serviceRules(services: readonly ServiceModel<unknown>[], gateway: string | undefined): Scope {
  if (services.some(({ name }) => name === "*")) return { service_prefix: { "": { policy: "write" } } };
  const names = [...(gateway === undefined ? [] : [gateway]), ...services.map(({ name }) => name)];
  return { service: byName(names.map((name) => [name, { policy: "write" }])) };
}

function keyRules({ name, delivery }: GatewayModel<unknown>): Scope {
  return delivery === "kv" ? { key: { [manifestKey(name)]: { policy: "read" } } } : {};
}

function nodeRules({ name: gateway, services, acl }: GatewayModel<unknown>): Scope {
  const any = services.some(({ name }) => name === "*");
  const used = any ? [] : services.flatMap(({ instances }) => instances.map(({ node }) => node));
  const { exact, prefix } = ownNames(gateway, acl);
  const policies = new Map<string, "read" | "write">([
    ...used.map((node) => [node, "read"] as const),
    ...exact.map((node) => [node, "write"] as const),
  ]);
  const prefixes: Rules = { ...(any && { "": { policy: "read" } }), ...prefix };
  return {
    ...(policies.size === 0 ? {} : { node: byName([...policies].map(([node, policy]) => [node, { policy }])) }),
    ...(Object.keys(prefixes).length === 0 ? {} : { node_prefix: prefixes }),
  };
}

/** Sessions belong to the namespace of the gateway. */
function sessionRules({ name: gateway, acl }: GatewayModel<unknown>): Scope {
  const { exact, prefix } = ownNames(gateway, acl);
  return {
    ...(exact.length === 0 ? {} : { session: byName(exact.map((node) => [node, { policy: "write" }])) }),
    ...(prefix && { session_prefix: prefix }),
  };
}

/** Nodes of the replicas, where their sessions are too; a prefix stands for all that start with it. */
function ownNames(
  gateway: string,
  { replicas, replicaPrefix }: GatewayModel<unknown>["acl"],
): { readonly exact: readonly string[]; readonly prefix?: Rules } {
  if (replicaPrefix === undefined) return { exact: replicas.map((replica) => `${gateway}-${replica}`) };
  return {
    exact: replicas.filter((each) => !each.startsWith(replicaPrefix)).map((replica) => `${gateway}-${replica}`),
    prefix: { [`${gateway}-${replicaPrefix}`]: { policy: "write" } },
  };
}

function byName<T>(entries: readonly (readonly [string, T])[]): { readonly [name: string]: T } {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
