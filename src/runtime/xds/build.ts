// Snapshots → resources. Each service is built alone, from its own snapshot, and a service that cannot be built is
// reported and left out.

import { addressingOf } from "../snapshot/addressing";
import type { GatewayIdentity, Instance, Material, MaterialKey, ServiceSnapshot, TrustBundle } from "../snapshot/state";
import { routerCluster, serviceCluster } from "./cluster";
import { endpointResource } from "./endpoint";
import { routerListenerOf, serviceListener } from "./listener";
import { type ServiceNames, serviceNames, subsetNames } from "./names";
import { meshIdentityExtension, rbacExtension } from "./rbac";
import type { Resource } from "./resource";
import { intentSecret, leafSecret, materialSecretOf } from "./secrets";

/** The router listeners and, once the trust domain is known, what all TCP services refer to. */
export function buildGateway(identity: GatewayIdentity, trust: TrustBundle | undefined): readonly Resource[] {
  const listeners = identity.binds.map((bind) => routerListenerOf(bind, identity.accessLogs));
  return [...listeners, ...(trust === undefined ? [] : [meshIdentityExtension(trust)])];
}

/** All resources of one service, or why there are none. Equal snapshots give equal bytes. */
export function buildService(
  snapshot: ServiceSnapshot,
): { readonly resources: readonly Resource[] } | { readonly problem: string } {
  try {
    return { resources: serviceResources(snapshot) };
  } catch (error) {
    return { problem: `cannot be built: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** `ca/<path>` or `client/<cert>+<key>`; shared by the services that name the files. */
export function buildMaterial(key: MaterialKey, material: Material): Resource {
  return materialSecretOf(key, material);
}

function serviceResources(snapshot: ServiceSnapshot): readonly Resource[] {
  const { identity, trust, subsets } = snapshot;
  const names = serviceNames(snapshot.name, identity.datacenter, trust.trustDomain);
  if (names.sni !== names.sni.toLowerCase()) {
    throw new Error(`${names.sni} has capital letters, and Envoy looks for server names in lower case`);
  }
  return [
    leafSecret(snapshot, names),
    intentSecret(snapshot, names),
    ...(snapshot.config.protocol === "tcp" ? [] : [rbacExtension(snapshot, names)]),
    ...wayTo(snapshot, names, snapshot.instances),
    ...subsets.flatMap(({ name, instances }) => wayTo(snapshot, subsetNames(names, name), instances)),
  ];
}

/** From the router to these instances: of the service, or of one of its subsets. */
function wayTo(snapshot: ServiceSnapshot, names: ServiceNames, instances: readonly Instance[]): readonly Resource[] {
  const addressing = addressingOf(instances);
  return [
    serviceCluster(snapshot, names, addressing),
    routerCluster(snapshot, names),
    ...(addressing.by === "address" ? [endpointResource(names.sni, addressing)] : []),
    serviceListener(snapshot, names, addressing),
  ];
}
