// What waits for what: listeners for what they refer to, removals of clusters for listeners. Pure; two rules.

import type { ResourceType } from "../xds/resource";
import type { Ledger } from "./ledger";
import { SEND_ORDER } from "./order";

type Ledgers = Readonly<Record<ResourceType, Ledger>>;

const BEFORE_LISTENERS = SEND_ORDER.filter((type) => type !== "listener");

/**
 * Listeners marked before this moment may go: everything of the other types that was marked up to then is ACKed.
 * Moments instead of "nothing is in flight", so that steady changes to one service never starve another's listener.
 */
export function listenerBound(ledgers: Ledgers): number {
  return Math.min(...BEFORE_LISTENERS.map((type) => openSince(ledgers[type])));
}

/** Clusters that went away before this moment may be removed: no listener change from before it is outstanding. */
export function clusterRemovalBound(ledgers: Ledgers): number {
  const { listener, cluster } = ledgers;
  // A client that comes back names its clusters before its listeners, which may still use what is gone.
  if (cluster.resumed && !listener.subscription.started) return Number.NEGATIVE_INFINITY;
  return Math.min(openSince(listener), firstOf(listener.gone));
}

/** Oldest moment of what is unsent or sent and un-ACKed, removals that wait aside; Infinity when there is none. */
function openSince(ledger: Ledger): number {
  const gate = ledger.gate === undefined ? undefined : ledger.inFlight.get(ledger.gate);
  const probes = ledger.probes.map((probe) => probe.since);
  return Math.min(gate?.since ?? Number.POSITIVE_INFINITY, firstOf(ledger.dirty), ...probes);
}

/** Marks are kept in the order of their moments. */
function firstOf(marks: ReadonlyMap<string, number>): number {
  for (const moment of marks.values()) return moment;
  return Number.POSITIVE_INFINITY;
}
