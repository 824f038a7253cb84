// What a gateway replica writes into the catalog about itself. Pure.

import { formatPlace } from "../../../model/place";
import type { ConsulAccess } from "./access";
import type { Fields } from "./decode/reading";

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
  /** A consul-esm of the cluster is to look after it as well. @default false */
  readonly esm?: boolean;
  /** `Proxy.Config` that somebody else wrote into the entry, and that stays there. @default - none */
  readonly proxyConfig?: Fields;
}

export type CheckStatus = "passing" | "critical";

const CHECK_NAME = "Terminating gateway serves";
/** Makes the node consul-esm's. No ping: it is refused in many networks, and says nothing of the gateway. */
const ESM_NODE = { "external-node": "true", "external-probe": "false" } as const;
/** What people read of the check of a replica that speaks for itself. */
export const CHECK_OUTPUT = "kept by the gateway itself";

/** On nodes that a gateway made for itself: it or a peer may remove them. No agent's node has it. */
export const NODE_MARK = "tgw-gateway";

/** The replica's own node, which no agent runs: an agent removes from its node what it does not know. */
export function nodeName({ gateway, replica }: Pick<Replica, "gateway" | "replica">): string {
  return `${gateway}-${replica}`;
}

/** Unique among the replicas: sidecars tell instances apart by it. */
export function serviceId(replica: Replica): string {
  return nodeName(replica);
}

/** Enterprise's namespace and partition in a body; the community edition refuses the fields. */
export function tenancyOf({ namespace, partition }: Pick<ConsulAccess, "namespace" | "partition">): object {
  return {
    ...(namespace === undefined ? {} : { Namespace: namespace }),
    ...(partition === undefined ? {} : { Partition: partition }),
  };
}

/** How a check tells which session speaks for its replica: as long as that one lives, so does the replica. */
export function sessionNote(session: string): string {
  return `session ${session}`;
}

/**
 * The check of a replica, as the catalog holds it. Equal input gives equal text: an equal check wakes nobody. `output` is
 * what people read of it.
 */
export function renderCheck(
  { gateway, node }: { readonly gateway: string; readonly node: string },
  status: CheckStatus,
  session: string | undefined,
  output = CHECK_OUTPUT,
): object {
  return {
    ...{ Node: node, CheckID: checkId(node), Name: CHECK_NAME, Status: status },
    ...{ ServiceID: node, ServiceName: gateway, Output: output },
    ...(session === undefined ? {} : { Notes: sessionNote(session) }),
  };
}

export function checkId(id: string): string {
  return `${id}-serving`;
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
  session?: string,
): object {
  const node = nodeName(replica);
  const tenancy = tenancyOf(place);
  return {
    // No node ID: the same ID under another name would rename that node.
    ...{ Node: node, Address: replica.address, SkipNodeUpdate: skipNode },
    ...(place.partition === undefined ? {} : { Partition: place.partition }),
    ...(skipNode ? {} : { NodeMeta: { [NODE_MARK]: replica.gateway, ...(replica.esm && ESM_NODE) } }),
    Service: { Service: replica.gateway, ...renderService(replica), ...tenancy },
    Check: { ...renderCheck({ gateway: replica.gateway, node }, status, session), ...tenancy },
  };
}

/** Body of PUT /v1/catalog/register for the check alone, where the instance is there as it should be: equal ones wake nobody. */
export function renderOwnCheck(
  replica: Replica,
  place: Pick<ConsulAccess, "namespace" | "partition">,
  status: CheckStatus,
  session?: string,
): object {
  const node = nodeName(replica);
  return {
    ...{ Node: node, SkipNodeUpdate: true },
    ...(place.partition === undefined ? {} : { Partition: place.partition }),
    Check: { ...renderCheck({ gateway: replica.gateway, node }, status, session), ...tenancyOf(place) },
  };
}

/**
 * Body of PUT /v1/catalog/register for the check that consul-esm carries out. Its status belongs to esm: it is written once, as
 * passing, for where there is no esm.
 */
export function renderProbe(replica: Replica, place: Pick<ConsulAccess, "namespace" | "partition">): object {
  const { gateway } = replica;
  const node = nodeName(replica);
  return {
    ...{ Node: node, SkipNodeUpdate: true },
    ...(place.partition === undefined ? {} : { Partition: place.partition }),
    Check: {
      ...{ Node: node, CheckID: probeId(node), Name: "Terminating gateway listens", Status: "passing" },
      ...{ ServiceID: node, ServiceName: gateway, ...tenancyOf(place) },
      Definition: { TCP: formatPlace(replica), Interval: "10s", Timeout: "5s" },
    },
  };
}

export function probeId(id: string): string {
  return `${id}-listens`;
}

/** Body of PUT /v1/agent/service/register: the agent makes it critical when it hears nothing for `reapAfterS`. */
export function renderAgentService(
  replica: Replica,
  place: Pick<ConsulAccess, "namespace" | "partition">,
  status: CheckStatus,
  { reapAfterS, removeAfterS }: { readonly reapAfterS: number; readonly removeAfterS: number },
): object {
  return {
    ...{ Name: replica.gateway, ...renderService(replica), ...tenancyOf(place) },
    Check: {
      ...{ CheckID: checkId(serviceId(replica)), Name: CHECK_NAME, Status: status, TTL: `${reapAfterS}s` },
      DeregisterCriticalServiceAfter: `${removeAfterS}s`,
    },
  };
}

/** What an instance is, wherever it is registered. */
export function renderService(replica: Replica): object {
  const { proxyConfig = {} } = replica;
  const tagged = Object.entries(replica.taggedAddresses ?? {});
  const TaggedAddresses = Object.fromEntries(tagged.map(([tag, to]) => [tag, { Address: to.address, Port: to.port }]));
  return {
    ...{ ID: serviceId(replica), Kind: "terminating-gateway", Address: replica.address, Port: replica.port },
    ...(tagged.length === 0 ? {} : { TaggedAddresses }),
    ...(replica.meta === undefined ? {} : { Meta: replica.meta }),
    ...(Object.keys(proxyConfig).length === 0 ? {} : { Proxy: { Config: proxyConfig } }),
  };
}
