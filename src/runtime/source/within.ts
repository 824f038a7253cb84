// Waiting for something no longer than a limit.

import type { Cancel, Clock } from "../ports";

/** Resolves when `work` does, or after `ms`. Rejects as `work` does, if that comes first. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  let cancel: Cancel = () => undefined;
  const limit = new Promise<void>((resolve) => {
    cancel = clock.setTimer(ms, resolve);
  });
  await Promise.race([work, limit]).finally(() => cancel());
}
