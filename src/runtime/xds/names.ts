// Every name of a resource that we give: SNI and cluster, listeners, secrets, stat prefixes.
// Those that callers or dashboards see follow Consul's.

import { DEFAULT_TENANCY } from "../../model/service-name";
import { type FullName, fullNameOf } from "../snapshot/identity";
import type { GatewayIdentity, MaterialKey } from "../snapshot/state";

/** Consul's SNI, also the name of the service's cluster: `internal`, or `internal-v1` outside the default partition. */
export function sniOf({ name, namespace, partition }: FullName, datacenter: string, trustDomain: string): string {
  return partition === DEFAULT_TENANCY
    ? `${name}.${namespace}.${datacenter}.internal.${trustDomain}`
    : `${name}.${namespace}.${partition}.${datacenter}.internal-v1.${trustDomain}`;
}

/**
 * Names of one service's resources. Those that only Envoy and we see are made of the service's key: an SNI is four times as
 * long, and each name is sent and kept several times.
 */
export interface ServiceNames {
  readonly full: FullName;
  /** Of the cluster and its endpoints too. */
  readonly sni: string;
  /** Cluster that leads from the router to the listener. */
  readonly router: string;
  readonly listener: string;
  readonly leaf: string;
  readonly intent: string;
  readonly rbac: string;
  readonly statPrefix: string;
}

/** What the router puts before the SNI, so that callers can only choose clusters that are meant for them. */
export const ROUTER_PREFIX = "to-";

/** Extension that every TCP service's listener names. Those of one service have a slash. */
export const MESH_IDENTITY = "mesh-identity";

/** @param key the service's key; throws when it is none */
export function serviceNames(key: string, datacenter: string, trustDomain: string): ServiceNames {
  const full = fullNameOf(key);
  const sni = sniOf(full, datacenter, trustDomain);
  return {
    full,
    sni,
    router: ROUTER_PREFIX + sni,
    listener: `in-${key}`,
    leaf: `leaf/${key}`,
    intent: `intent/${key}`,
    rbac: `rbac/${key}`,
    statPrefix: `upstream.${full.name}.${full.namespace}.${full.partition}.${datacenter}`,
  };
}

/**
 * Names of what leads to a subset's instances, beside those of its service. Its identity and its intentions are the
 * service's, so are their names. Neither keys nor subsets hold a blank.
 */
export function subsetNames(names: ServiceNames, subset: string): ServiceNames {
  const sni = `${subset}.${names.sni}`;
  return { ...names, sni, router: ROUTER_PREFIX + sni, listener: `${names.listener} ${subset}` };
}

/** Secret of a file on disk: its path is its identity. A `+` in a path is escaped, as it joins the two of a pair. */
export function materialSecret(key: MaterialKey): string {
  if (key.kind === "ca") return `ca/${key.caFile}`;
  return `client/${escapePlus(key.certFile)}+${escapePlus(key.keyFile)}`;
}

function escapePlus(path: string): string {
  return path.replaceAll("%", "%25").replaceAll("+", "%2B");
}

/** As Consul: the address is part of the name, because Envoy cannot move a listener. */
export function routerListener(bind: GatewayIdentity["binds"][number]): string {
  return `${bind.name}:${bind.address}:${bind.port}`;
}
