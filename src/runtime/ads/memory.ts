// What is remembered of a client across its streams, by node id: what it refused and what it last accepted. Pure. A new
// stream starts from it, since Envoy itself keeps a refused secret in hand and takes the same bytes again without a word.

import type { Resource, ResourceType, ResourceView } from "../xds/resource";
import { SEND_ORDER } from "./order";

export interface Rejection {
  /** As in the store. */
  readonly version: string;
  readonly detail: string;
  /** Other secrets that it may have been refused for. */
  readonly suspects: readonly string[];
}

/** Of one resource type. */
export interface Quarantine {
  readonly rejected: Map<string, Rejection>;
  /** Names refused earlier whose new content has not been accepted yet. */
  readonly cured: Set<string>;
  /** Secrets whose bytes were changed without a change of meaning: for which version, and how often. */
  readonly touches: Map<string, { readonly version: string; readonly count: number }>;
  /** What was last accepted. */
  readonly good: Map<string, Resource>;
  /** Children that a new or changed parent waits for: sent or to be sent, and not accepted yet. */
  readonly owed: Set<string>;
}

export type ClientMemory = Readonly<Record<ResourceType, Quarantine>>;

/** By node id, the one that connected last at the end. */
export type Memory = Map<string, ClientMemory>;

/** Clients beyond these are forgotten, the one that has not connected for longest first. */
const MAX_CLIENTS = 16;

export function makeClientMemory(): ClientMemory {
  const entries = SEND_ORDER.map((type) => [
    type,
    { rejected: new Map(), cured: new Set(), touches: new Map(), good: new Map(), owed: new Set() },
  ]);
  return Object.fromEntries(entries) as ClientMemory;
}

/** What is known of a client that connects now. What has left the store meanwhile is forgotten, refusals aside. */
export function recall(memory: Memory, node: string, view: ResourceView): ClientMemory {
  const known = memory.get(node) ?? makeClientMemory();
  memory.delete(node);
  memory.set(node, known);
  for (const oldest of memory.keys()) {
    if (memory.size <= MAX_CLIENTS) break;
    memory.delete(oldest);
  }
  for (const type of SEND_ORDER) {
    const { cured, touches, good, owed } = known[type];
    for (const names of [cured, touches, good, owed]) {
      for (const name of [...names.keys()]) if (view.get({ type, name }) === undefined) names.delete(name);
    }
  }
  return known;
}
