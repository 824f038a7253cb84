// One timer for many deadlines that are kept as wall-clock times.

import type { Cancel, Clock } from "../ports";

/** Timers do not see the clock being set, so what is due is looked up at least this often. */
const LONGEST_SLEEP_MS = 60_000;

export interface Alarm {
  /** Rings at this wall-clock time, or earlier where an earlier one was asked for. */
  by(ms: number): void;
  /** Rings now. */
  ring(): void;
  stop(): void;
}

/** @param onRing looks up what is due and asks for the next deadlines; says whether anything is kept at all */
export function makeAlarm(clock: Clock, onRing: () => boolean): Alarm {
  let cancel: Cancel = () => undefined;
  let atMs = Number.POSITIVE_INFINITY;
  const alarm: Alarm = {
    by(ms) {
      if (ms >= atMs) return;
      atMs = ms;
      cancel();
      cancel = clock.setTimer(ms - clock.now(), alarm.ring);
    },
    ring() {
      atMs = Number.POSITIVE_INFINITY;
      cancel();
      if (onRing()) alarm.by(clock.now() + LONGEST_SLEEP_MS);
    },
    stop() {
      cancel();
    },
  };
  return alarm;
}
