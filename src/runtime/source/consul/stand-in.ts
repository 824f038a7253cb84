// Plays the last good state back where Consul has not spoken: leaves as soon as it is known who is linked, so that a restart
// waits for no signature; everything else when Consul is late. What Consul tells later takes its place.

import type { Clock, Logger } from "../../ports";
import type { WatchEvent } from "../../snapshot/state";
import { makeAlarm } from "../alarm";
import type { LastGood } from "./last-good";
import { isKept, type KeptEvent, slotOf } from "./last-good-events";

/** A healthy server tells all but its leaves in well under a second. */
const LATE_MS = 2_000;

export interface StandInOptions {
  readonly lastGood: LastGood;
  readonly emit: (event: WatchEvent) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Milliseconds since 1970. */
export interface Serves {
  readonly ofMs: number;
  readonly sinceMs: number;
}

export interface StandIn {
  /** Every event of Consul goes through here. */
  emit(event: WatchEvent): void;
  /** While it serves what Consul has not told since the start (renewed leaves aside): of when that is, and since when. */
  serves(): Serves | undefined;
  stop(): void;
}

export function startStandIn({ lastGood, emit, clock, log }: StandInOptions): StandIn {
  /** What Consul has not told itself yet. */
  const played = new Map<string, KeptEvent>();
  const ofMs = lastGood.savedAtMs ?? 0;
  const from = new Date(ofMs).toISOString();
  let sinceMs: number | undefined;
  let linked = false;

  const play = (event: KeptEvent): void => {
    if (played.has(slotOf(event))) return;
    played.set(slotOf(event), event);
    emit(event);
  };

  /** What Consul tells now stands in for itself; what it no longer links stands for nothing. */
  const told = (event: WatchEvent): void => {
    if (!isKept(event)) return;
    played.delete(slotOf(event));
    if (event.kind !== "links") return;
    const names = new Set(event.links.map(({ name }) => name));
    for (const [slot, kept] of played) if ("service" in kept && !names.has(kept.service)) played.delete(slot);
  };

  const playAll = (): void => {
    const missing = lastGood.missing();
    if (missing.length === 0) return;
    log.warn("Consul has not told everything yet: the last good state serves", { from, facts: missing.length });
    sinceMs = clock.now();
    for (const event of missing) play(event);
    // Without the links nothing is known: one word for all of it.
    const links = missing.filter(({ kind }) => kind === "links");
    for (const event of links.length > 0 ? links : missing) if (event.kind !== "leaf") emit(problemOf(event, from));
    ends.ring();
  };

  /** Nobody renews these leaves while Consul is away: each says how long it is good, and when it is no longer. */
  const saidOf = new Map<KeptEvent, string>();
  const ends = makeAlarm(clock, () => {
    const leaves = [...played.values()].filter((event) => event.kind === "leaf");
    for (const event of leaves) {
      const { notAfterMs } = event.leaf;
      const isGood = clock.now() < notAfterMs;
      if (isGood) ends.by(notAfterMs);
      const said = `${isGood ? "good until" : "expired"} ${new Date(notAfterMs).toISOString()}`;
      if (saidOf.get(event) === said) continue;
      saidOf.set(event, said);
      emit(problemOf(event, `${from}, ${said}`));
    }
    return leaves.length > 0;
  });

  const cancel = clock.setTimer(LATE_MS, playAll);
  return {
    emit(event) {
      lastGood.note(event);
      told(event);
      emit(event.kind === "problem" && played.has(slotOf(event.of)) ? withFrom(event, from) : event);
      if (event.kind !== "links" || linked) return;
      linked = true;
      for (const kept of lastGood.missing()) if (kept.kind === "leaf") play(kept);
    },
    serves() {
      const facts = [...played.values()].filter(({ kind }) => kind !== "leaf");
      return sinceMs === undefined || facts.length === 0 ? undefined : { ofMs, sinceMs };
    },
    stop() {
      cancel();
      ends.stop();
    },
  };
}

/** Gone when Consul tells it itself. */
function problemOf(event: KeptEvent, from: string): WatchEvent {
  const what = event.kind === "leaf" ? "given a leaf" : "told it";
  const reason = `Consul has not ${what} since the start: ${servesOf(from)}`;
  if (event.kind === "roots" || event.kind === "links") return { kind: "problem", of: { kind: event.kind }, reason };
  return { kind: "problem", of: { kind: event.kind, service: event.service }, reason };
}

/** Why it is not told, beside what serves. */
function withFrom(event: Extract<WatchEvent, { kind: "problem" }>, from: string): WatchEvent {
  return { ...event, reason: `${event.reason}; ${servesOf(from)}` };
}

const servesOf = (from: string): string => `last good state of ${from}`;
