// After a NACK: finds the culprit, sets it aside until its content changes, and gets the rest through. Pure.
// Envoy is left in an odd state by a refused secret: the refused one stays its current one, and whatever shares a consumer
// with it is refused too or stored without being used. So what was accepted is put back, and the rest is sent with
// changed bytes (an identical update would be skipped).

import type { Resource, ResourceView } from "../xds/resource";
import { accept, type Ledger, markGone, type Probe, type Sent } from "./ledger";
import { parseNack } from "./nack";
import { goesAlone } from "./offer";
import { PARENTS } from "./order";
import type { SessionEvent } from "./protocol";
import { isSubscribed } from "./subscription";
import { storeVersion } from "./touch-secret";

interface Reason {
  readonly detail: string;
  readonly view: ResourceView;
}

export interface Refusal {
  readonly sent: Sent;
  /** Envoy's text. */
  readonly detail: string;
}

/** Deals with one refused response: changes the ledger and says what happened. */
export function settleNack(ledger: Ledger, refusal: Refusal, view: ResourceView): SessionEvent {
  const { type } = ledger;
  const { sent, detail } = refusal;
  const resources = [...sent.resources.values()];
  const names = namesOf(resources);
  // What was put back is refused as long as Envoy has another bad secret of that consumer in hand.
  if (sent.restore) return { kind: "nack", type, names, detail };
  const { reasons, complete } = parseNack(detail, names);
  if (reasons.size > 0) {
    for (const [name, reason] of reasons) {
      const resource = sent.resources.get(name);
      if (resource !== undefined) reject(ledger, resource, { detail: reason, view });
    }
    const others = resources.filter(({ name }) => !reasons.has(name));
    accept(ledger, complete ? others : [], sent.removed);
    if (!complete) ledger.probes.unshift(offerAgain(namesOf(others), sent.since));
    return { kind: "nack", type, names: [...reasons.keys()], detail };
  }
  if (names.length === 0) {
    // Refused removals are not repeated: nothing could be left out of them.
    accept(ledger, [], sent.removed);
    return { kind: "nack", type, names: [...sent.removed], detail };
  }
  for (const name of sent.removed) markGone(ledger, name, sent.since);
  if (names.length > 1) {
    ledger.probes.unshift(...(type === "secret" ? secretParts(ledger, sent, view) : halves(names, sent.since)));
    return { kind: "bisect", type, count: names.length, detail };
  }
  for (const resource of resources) reject(ledger, resource, { detail, view });
  if (type === "secret") ledger.probes.unshift(...restores(ledger, sent), ...consumerProbes(ledger, names, view));
  return { kind: "nack", type, names, detail };
}

/**
 * Secrets refused earlier are accepted now: what shares a consumer with them was refused with them, or stored and never
 * used. It is offered again with changed bytes.
 */
export function settleCure(ledger: Ledger, cured: readonly string[], view: ResourceView): void {
  if (cured.length > 0) ledger.probes.push(...consumerProbes(ledger, cured, view));
}

/** Offers again what may have been refused only because of these; call it when they can do no harm any more. */
export function release(ledger: Ledger, harmless: readonly string[], view: ResourceView): void {
  for (const [name, { suspects }] of ledger.quarantine.rejected) {
    if (!harmless.some((other) => suspects.includes(other))) continue;
    ledger.quarantine.rejected.delete(name);
    touch(ledger, name, view);
    ledger.probes.push(offerAgain([name], Number.POSITIVE_INFINITY));
  }
}

function reject(ledger: Ledger, resource: Resource, { detail, view }: Reason): void {
  const { name, version } = resource;
  const suspects = ledger.type === "secret" ? suspectsOf(ledger, name, view) : [];
  ledger.quarantine.rejected.set(name, { version: storeVersion(version), detail, suspects });
}

/**
 * Secrets that this one may have been refused for: refused ones beside it, those not judged yet that nothing good could
 * be put back for, and any that Envoy still has and we do not.
 */
function suspectsOf(ledger: Ledger, name: string, view: ResourceView): readonly string[] {
  const queued = new Set(ledger.probes.flatMap((probe) => probe.names));
  const beside = [...sharers([name], view)].filter(
    (other) => ledger.quarantine.rejected.has(other) || (queued.has(other) && !ledger.quarantine.good.has(other)),
  );
  const gone = [...ledger.subscription.names].filter(
    (other) => view.get({ type: ledger.type, name: other }) === undefined,
  );
  return [...beside, ...gone];
}

/** Refused halves are halved again, down to one. */
function halves(names: readonly string[], since: number): readonly Probe[] {
  const middle = Math.ceil(names.length / 2);
  return [offerAgain(names.slice(0, middle), since), offerAgain(names.slice(middle), since)];
}

/**
 * As halves(), with changed bytes. Secrets of one service share its consumers: they are kept together as long as
 * possible, and what was accepted before is put back before each is tried alone, so that a good one is not refused for
 * a bad one that Envoy has in hand.
 */
function secretParts(ledger: Ledger, sent: Sent, view: ResourceView): readonly Probe[] {
  const services = new Map<string, string[]>();
  for (const name of sent.resources.keys()) {
    touch(ledger, name, view);
    // What follows the first slash is the service: leaf/<service>, intent/<service>.
    const service = name.slice(name.indexOf("/") + 1);
    services.set(service, [...(services.get(service) ?? []), name]);
  }
  const groups = [...services.values()];
  if (groups.length === 1) {
    return [...restores(ledger, sent), ...groups.flat().map((name) => offerAgain([name], sent.since))];
  }
  const middle = Math.ceil(groups.length / 2);
  return [offerAgain(groups.slice(0, middle).flat(), sent.since), offerAgain(groups.slice(middle).flat(), sent.since)];
}

/**
 * Puts back what was accepted before; nothing for what never was. One by one: with another bad one in hand Envoy refuses
 * what is put back, and takes nothing that follows it in the same response.
 */
function restores(ledger: Ledger, sent: Sent): readonly Probe[] {
  const names = [...sent.resources.keys()].filter((name) => ledger.quarantine.good.has(name));
  return names.map((name) => ({ names: [name], since: sent.since, restore: true }));
}

function consumerProbes(ledger: Ledger, names: readonly string[], view: ResourceView): readonly Probe[] {
  const queued = new Set(ledger.probes.flatMap((probe) => (probe.restore ? [] : probe.names)));
  const others = [...sharers(names, view)].filter(
    (name) => isSubscribed(ledger.subscription, name) && !ledger.quarantine.rejected.has(name) && !queued.has(name),
  );
  for (const name of others) touch(ledger, name, view);
  const alone = others.filter((name) => goesAlone(ledger, name)).map((name) => [name]);
  const together = others.filter((name) => !goesAlone(ledger, name));
  // They hold back no listener: those that use them are up already.
  return [together, ...alone].map((part) => offerAgain(part, Number.POSITIVE_INFINITY));
}

/** Other secrets of the listeners and clusters that use these. Looks at every parent: only after a refused secret. */
function sharers(names: readonly string[], view: ResourceView): Set<string> {
  const found = new Set<string>();
  for (const type of PARENTS) {
    for (const parent of view.names(type)) {
      const secrets = (view.get({ type, name: parent })?.children ?? []).filter((child) => child.type === "secret");
      if (!secrets.some((child) => names.includes(child.name))) continue;
      for (const child of secrets) if (!names.includes(child.name)) found.add(child.name);
    }
  }
  return found;
}

function touch(ledger: Ledger, name: string, view: ResourceView): void {
  const version = view.get({ type: ledger.type, name })?.version;
  if (version === undefined) return;
  const before = ledger.quarantine.touches.get(name);
  ledger.quarantine.touches.set(name, { version, count: before?.version === version ? before.count + 1 : 1 });
}

function offerAgain(names: readonly string[], since: number): Probe {
  return { names, since, restore: false };
}

function namesOf(resources: readonly Resource[]): readonly string[] {
  return resources.map(({ name }) => name);
}
