// Who waits for something to become true of the loop's state, each for a limited time.

import type { Clock } from "./ports";

export interface Moments {
  /** Resolves when `test` holds, at the latest after `ms` or at stop(). */
  until(test: () => boolean, ms: number): Promise<void>;
  /** The state has changed: tests are asked again. Costs nothing when nobody waits. */
  look(): void;
  /** Nobody waits any longer. */
  stop(): void;
}

export function makeMoments(clock: Clock): Moments {
  const waiting = new Map<() => void, () => boolean>();
  return {
    until: (test, ms) =>
      new Promise((resolve) => {
        if (test()) return resolve();
        const done = (): void => {
          waiting.delete(done);
          cancel();
          resolve();
        };
        const cancel = clock.setTimer(ms, done);
        waiting.set(done, test);
      }),
    look() {
      for (const [done, test] of [...waiting]) if (test()) done();
    },
    stop() {
      for (const done of [...waiting.keys()]) done();
    },
  };
}
