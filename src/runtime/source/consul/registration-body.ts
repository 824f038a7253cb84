// What a gateway replica writes into the catalog about itself. Pure.

import type { ConsulAccess } from "./access";

export interface Replica {
  /** Service name of the gateway, as in its config entry. */
  readonly gateway: string;
  /** Tells replicas of one gateway apart; letters, digits, "-", "_" and ".". */
  readonly replica: string;
  /** Where callers' sidecars reach it: IP address or hostname. */
  readonly address: string;
  readonly port: number;
  /** `lan`, `wan` and others. @default - none */
  readonly taggedAddresses?: Readonly<Record<string, { readonly address: string; readonly port: number }>>;
  /** Metadata of the service instance. @default - none */
  readonly meta?: Readonly<Record<string, string>>;
  /** Metadata of the node; `external-node` and `external-probe` let consul-esm look after it. @default - none */
  readonly nodeMeta?: Readonly<Record<string, string>>;
}

export type CheckStatus = "passing" | "critical";

/** The replica's own node, which no agent runs: an agent removes from its node what it does not know. */
export function nodeName({ gateway, replica }: Replica): string {
  return `${gateway}-${replica}`;
}

/** Unique among the replicas: sidecars tell instances apart by it. */
export function serviceId(replica: Replica): string {
  return nodeName(replica);
}

/**
 * Body of PUT /v1/catalog/register. Equal input gives an equal body, output text included: an equal registration wakes
 * nobody. `skipNode` leaves the node as it is, which needs no right on it.
 */
export function renderRegistration(
  replica: Replica,
  place: Pick<ConsulAccess, "namespace" | "partition">,
  status: CheckStatus,
  skipNode: boolean,
): object {
  const node = nodeName(replica);
  const id = serviceId(replica);
  const tenancy = {
    ...(place.namespace === undefined ? {} : { Namespace: place.namespace }),
    ...(place.partition === undefined ? {} : { Partition: place.partition }),
  };
  const tagged = Object.entries(replica.taggedAddresses ?? {});
  const TaggedAddresses = Object.fromEntries(tagged.map(([tag, to]) => [tag, { Address: to.address, Port: to.port }]));
  return {
    // No node ID: the same ID under another name would rename that node.
    ...{ Node: node, Address: replica.address, SkipNodeUpdate: skipNode },
    ...(place.partition === undefined ? {} : { Partition: place.partition }),
    ...(replica.nodeMeta === undefined ? {} : { NodeMeta: replica.nodeMeta }),
    Service: {
      ...{
        ID: id,
        Service: replica.gateway,
        Kind: "terminating-gateway",
        Address: replica.address,
        Port: replica.port,
      },
      ...(tagged.length === 0 ? {} : { TaggedAddresses }),
      ...(replica.meta === undefined ? {} : { Meta: replica.meta }),
      ...tenancy,
    },
    Check: {
      ...{ Node: node, CheckID: `${id}-serving`, Name: "Terminating gateway serves", Status: status },
      ...{ ServiceID: id, ServiceName: replica.gateway, Output: "kept by the gateway itself" },
      ...tenancy,
    },
  };
}
