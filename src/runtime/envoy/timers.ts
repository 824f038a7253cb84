// Timers by name: setting one again replaces it, clearing cancels all.

import type { Cancel, Clock } from "../ports";

export interface Timers<Name> {
  set(name: Name, ms: number): void;
  clear(): void;
}

/** `fire` is called with the name of a timer whose time is over. */
export function makeTimers<Name>(clock: Clock, fire: (name: Name) => void): Timers<Name> {
  const running = new Map<Name, Cancel>();
  return {
    set(name, ms) {
      running.get(name)?.();
      const cancel = clock.setTimer(ms, () => fire(name));
      running.set(name, cancel);
    },
    clear() {
      for (const cancel of running.values()) cancel();
      running.clear();
    },
  };
}
