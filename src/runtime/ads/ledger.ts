// What a session knows of one resource type: what is to be sent, what is under way, what the client has accepted and
// what it has refused. Pure; changed in place by the session that owns it.

import type { Resource, ResourceType, ResourceView } from "../xds/resource";
import type { Quarantine } from "./memory";
import { REMOVABLE } from "./order";
import { isSubscribed, makeSubscription, type Subscription } from "./subscription";

/** One response that is not answered yet. */
export interface Sent {
  readonly nonce: string;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly removed: ReadonlySet<string>;
  /** Moment of the oldest mark that it answers. */
  readonly since: number;
  /** It puts back what was accepted before a refusal. */
  readonly restore: boolean;
}

/** A part of a refused response that is offered again by itself, or what is put back before that. */
export interface Probe {
  readonly names: readonly string[];
  readonly since: number;
  readonly restore: boolean;
}

export interface Ledger {
  readonly type: ResourceType;
  readonly subscription: Subscription;
  /** Names to look at, with the moment of the mark, in the order of moments. */
  readonly dirty: Map<string, number>;
  /** Names whose removal is to be announced. */
  readonly gone: Map<string, number>;
  /** Names to answer whatever the client is known to hold. */
  readonly forced: Set<string>;
  /** The first request is answered even if there is nothing: Envoy starts only after an answer. */
  owesAnswer: boolean;
  /** The client came back: it held something of this type as it connected. */
  resumed: boolean;
  /** Name to version. Written only by an ACK or by what the client claims to hold as it connects. */
  readonly accepted: Map<string, string>;
  /** Names whose accepted version is what the client claims, and perhaps a former release of ours sent. */
  readonly claimed: Set<string>;
  /** By nonce, oldest first. */
  readonly inFlight: Map<string, Sent>;
  /** The response that the next one of this type waits for. */
  gate: string | undefined;
  /** Shared with this client's other streams. */
  readonly quarantine: Quarantine;
  readonly probes: Probe[];
}

export function makeLedger(type: ResourceType, quarantine: Quarantine): Ledger {
  return {
    type,
    subscription: makeSubscription(),
    dirty: new Map(),
    gone: new Map(),
    forced: new Set(),
    owesAnswer: false,
    resumed: false,
    accepted: new Map(),
    claimed: new Set(),
    inFlight: new Map(),
    gate: undefined,
    quarantine,
    probes: [],
  };
}

/** The version that the client holds once it has taken everything under way; undefined: none. */
export function held(ledger: Ledger, name: string): string | undefined {
  let version = ledger.accepted.get(name);
  for (const sent of ledger.inFlight.values()) {
    if (sent.removed.has(name)) version = undefined;
    version = sent.resources.get(name)?.version ?? version;
  }
  return version;
}

/** Notes that a name is new, changed or to be answered. */
export function mark(ledger: Ledger, name: string, moment: number): void {
  if (!isSubscribed(ledger.subscription, name)) return;
  ledger.gone.delete(name);
  // A listener goes with what was marked up to its latest change; everything else keeps its place in the queue.
  if (ledger.type === "listener") ledger.dirty.delete(name);
  if (!ledger.dirty.has(name)) ledger.dirty.set(name, moment);
}

/** As mark(), and the name is answered even if the client holds this version. */
export function force(ledger: Ledger, name: string, moment: number): void {
  if (!isSubscribed(ledger.subscription, name)) return;
  ledger.forced.add(name);
  mark(ledger, name, moment);
}

/**
 * As force(), for what a new or changed parent waits for: remembered until it is accepted, on this stream or a later one,
 * even before the client asks. One that comes back asks for clusters first and for the endpoints that it holds after.
 */
export function owe(ledger: Ledger, name: string, moment: number): void {
  ledger.quarantine.owed.add(name);
  force(ledger, name, moment);
}

/** Notes what the client says that it held as it connected. */
export function claim(ledger: Ledger, name: string, version: string): void {
  ledger.accepted.set(name, version);
  ledger.claimed.add(name);
}

/** Notes that a name has left the store. */
export function markGone(ledger: Ledger, name: string, moment: number): void {
  ledger.dirty.delete(name);
  const { rejected, cured, touches, good } = ledger.quarantine;
  const subscribed = isSubscribed(ledger.subscription, name);
  // Of the other types Envoy has the refused content in hand as long as it is subscribed.
  if (!subscribed || REMOVABLE.has(ledger.type)) for (const names of [rejected, cured, touches]) names.delete(name);
  if (!subscribed) {
    ledger.accepted.delete(name);
    good.delete(name);
    return;
  }
  // Named in removed_resources, a secret or an extension would be forgotten or refused by some Envoy versions while
  // draining listeners still use it; silence keeps the last value until Envoy unsubscribes.
  if (REMOVABLE.has(ledger.type)) ledger.gone.set(name, moment);
}

/** Notes as gone what the client claimed to hold and nobody has brought since. */
export function markMissing(ledger: Ledger, view: ResourceView, moment: number): void {
  const { type, accepted } = ledger;
  for (const name of [...accepted.keys()]) if (view.get({ type, name }) === undefined) markGone(ledger, name, moment);
}

/** Notes that the client has no interest in a name any more. Refusals are kept: it may ask again for the same content. */
export function forget(ledger: Ledger, name: string, inStore: boolean): void {
  ledger.dirty.delete(name);
  ledger.gone.delete(name);
  ledger.forced.delete(name);
  ledger.accepted.delete(name);
  ledger.quarantine.owed.delete(name);
  if (inStore) return;
  const { rejected, cured, touches, good } = ledger.quarantine;
  for (const names of [rejected, cured, touches, good]) names.delete(name);
}

/** Takes an answered response out; undefined for a nonce that is not under way (xDS protocol: a stale nonce). */
export function takeSent(ledger: Ledger, nonce: string): Sent | undefined {
  const sent = ledger.inFlight.get(nonce);
  ledger.inFlight.delete(nonce);
  if (ledger.gate === nonce) ledger.gate = undefined;
  return sent;
}

/** Records what the client has taken; what it has unsubscribed from meanwhile is not held. */
export function accept(ledger: Ledger, resources: Iterable<Resource>, removed: Iterable<string>): void {
  for (const resource of resources) {
    if (!isSubscribed(ledger.subscription, resource.name)) continue;
    ledger.accepted.set(resource.name, resource.version);
    ledger.claimed.delete(resource.name);
    ledger.quarantine.owed.delete(resource.name);
    ledger.quarantine.good.set(resource.name, resource);
  }
  for (const name of removed) {
    ledger.accepted.delete(name);
    ledger.quarantine.good.delete(name);
  }
}
