// Plays the last good state back where Consul has not spoken: leaves as soon as it is known who is linked, so that a restart
// waits for no signature; everything else when Consul is late. What Consul tells later takes its place.

import type { Clock, Logger } from "../../ports";
import type { WatchEvent } from "../../snapshot/state";
import type { LastGood } from "./last-good";
import { type KeptEvent, slotOf } from "./last-good-events";

/** A healthy server tells all but its leaves in well under a second. */
const LATE_MS = 2_000;

export interface StandInOptions {
  readonly lastGood: LastGood;
  readonly emit: (event: WatchEvent) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface StandIn {
  /** Every event of Consul goes through here. */
  emit(event: WatchEvent): void;
  stop(): void;
}

export function startStandIn({ lastGood, emit, clock, log }: StandInOptions): StandIn {
  const played = new Set<string>();
  const from = new Date(lastGood.savedAtMs ?? 0).toISOString();
  let linked = false;

  const play = (event: KeptEvent): void => {
    if (played.has(slotOf(event))) return;
    played.add(slotOf(event));
    emit(event);
  };

  const playAll = (): void => {
    const missing = lastGood.missing();
    if (missing.length === 0) return;
    log.warn("Consul has not told everything yet: the last good state serves", { from, facts: missing.length });
    for (const event of missing) play(event);
    // Without the links nothing is known: one word for all of it.
    const links = missing.filter(({ kind }) => kind === "links");
    for (const event of links.length > 0 ? links : missing) emit(problemOf(event, from));
  };

  const cancel = clock.setTimer(LATE_MS, playAll);
  return {
    emit(event) {
      lastGood.note(event);
      emit(event);
      if (event.kind !== "links" || linked) return;
      linked = true;
      for (const kept of lastGood.missing()) if (kept.kind === "leaf") play(kept);
    },
    stop: cancel,
  };
}

/** Gone when Consul tells it itself. */
function problemOf(event: KeptEvent, from: string): WatchEvent {
  const reason = `Consul has not told it since the start: last good state of ${from}`;
  if (event.kind === "roots" || event.kind === "links") return { kind: "problem", of: { kind: event.kind }, reason };
  return { kind: "problem", of: { kind: event.kind, service: event.service }, reason };
}
