// Which resources the next response of one type carries. Pure.

import type { Resource, ResourceView } from "../xds/resource";
import { held, type Ledger } from "./ledger";
import { REMOVABLE } from "./order";
import { isSubscribed } from "./subscription";
import { storeVersion, touchSecret } from "./touch-secret";

/** One response at most; more is sent when it is ACKed. Envoy's main thread applies a response in one go. */
const MAX_RESOURCES = 2000;
const MAX_BYTES = 4 * 1024 * 1024;

export interface Offer {
  readonly resources: readonly Resource[];
  readonly removed: readonly string[];
  readonly since: number;
  readonly restore: boolean;
}

interface Mark {
  readonly name: string;
  readonly moment: number;
}

/**
 * Secrets made from users' own files. Envoy refuses a response of secrets as a whole and names none, so each of these
 * goes alone; the mesh's own are made and checked by us and go in bulk.
 */
export function goesAlone(ledger: Ledger, name: string): boolean {
  return ledger.type === "secret" && (name.startsWith("ca/") || name.startsWith("client/"));
}

/** The next part of a refused response; undefined when there is none. */
export function takeProbe(ledger: Ledger, view: ResourceView): Offer | undefined {
  for (let probe = ledger.probes.shift(); probe !== undefined; probe = ledger.probes.shift()) {
    const { restore } = probe;
    const resources = probe.names.flatMap((name) => {
      if (!isSubscribed(ledger.subscription, name)) return [];
      const resource = restore ? ledger.quarantine.good.get(name) : (wantedNow(ledger, name, view) ?? undefined);
      return resource === undefined ? [] : [resource];
    });
    if (resources.length > 0) return { resources, removed: [], since: probe.since, restore };
  }
  return undefined;
}

/** Marked resources that the client does not hold, oldest mark first; only those marked before `bound`. */
export function takeUpserts(ledger: Ledger, view: ResourceView, bound: number): Offer {
  const resources: Resource[] = [];
  let since = Number.POSITIVE_INFINITY;
  let bytes = 0;
  for (const [name, moment] of ledger.dirty) {
    if (moment >= bound || resources.length === MAX_RESOURCES) break;
    const alone = goesAlone(ledger, name);
    if (alone && resources.length > 0) continue;
    const resource = resolve(ledger, { name, moment }, view);
    if (resource !== undefined && resources.length > 0 && bytes + resource.body.length > MAX_BYTES) break;
    ledger.dirty.delete(name);
    if (resource === undefined) continue;
    ledger.forced.delete(name);
    resources.push(resource);
    bytes += resource.body.length;
    since = Math.min(since, moment);
    if (alone) break;
  }
  return { resources, removed: [], since, restore: false };
}

/** Names to announce as removed: those the client holds, or asked for; only those that went before `bound`. */
export function takeRemovals(ledger: Ledger, view: ResourceView, bound: number): Offer {
  const removed: string[] = [];
  let since = Number.POSITIVE_INFINITY;
  for (const [name, moment] of ledger.gone) {
    if (moment >= bound) continue;
    ledger.gone.delete(name);
    const asked = ledger.forced.delete(name);
    if (view.get({ type: ledger.type, name }) !== undefined || !isSubscribed(ledger.subscription, name)) continue;
    if (!asked && held(ledger, name) === undefined) continue;
    removed.push(name);
    since = Math.min(since, moment);
  }
  return { resources: [], removed, since, restore: false };
}

/** What to send for a marked name; undefined when there is nothing to send. */
function resolve(ledger: Ledger, { name, moment }: Mark, view: ResourceView): Resource | undefined {
  if (!isSubscribed(ledger.subscription, name)) return undefined;
  const forced = ledger.forced.has(name);
  const wanted = wantedNow(ledger, name, view);
  if (wanted === null) {
    // Refused and unchanged. A client that asks gets what it last accepted.
    ledger.forced.delete(name);
    return forced ? ledger.quarantine.good.get(name) : undefined;
  }
  if (wanted !== undefined) return forced || held(ledger, name) !== wanted.version ? wanted : undefined;
  // Not there (yet). Who asks for a cluster or a listener is told; of the other types Envoy would forget its
  // subscription (envoyproxy/go-control-plane #488), so the answer comes when the resource does.
  if (REMOVABLE.has(ledger.type)) ledger.gone.set(name, moment);
  else ledger.forced.delete(name);
  return undefined;
}

/** The content to offer now; undefined: not in the store; null: refused, and not changed since. */
function wantedNow(ledger: Ledger, name: string, view: ResourceView): Resource | undefined | null {
  const current = view.get({ type: ledger.type, name });
  if (current === undefined) return undefined;
  const { rejected, cured, touches } = ledger.quarantine;
  const rejection = rejected.get(name);
  if (rejection !== undefined) {
    if (rejection.version === storeVersion(current.version)) return null;
    rejected.delete(name);
    cured.add(name);
  }
  const touch = touches.get(name);
  return touch?.version === current.version ? touchSecret(current, touch.count) : current;
}
