// Whether an Envoy serves, for the catalog: the one that we started, or one that others start and whose admin socket we see.

import type { EnvoyAdmin } from "./envoy/admin";
import type { EnvoyHandle } from "./envoy/process";
import type { Cancel, Clock } from "./ports";

/** Sidecars leave a critical instance within a second; asking is cheap. */
const EVERY_MS = 1_000;

/** Calls back with every answer, changed or not. */
export function watchServing(envoy: EnvoyHandle, tell: (serving: boolean) => void): Cancel {
  tell(envoy.phase === "running");
  return envoy.onState((phase) => tell(phase === "running"));
}

/** As watchServing() for an Envoy that others start with our bootstrap. */
export function pollServing(admin: EnvoyAdmin, clock: Clock, tell: (serving: boolean) => void): Cancel {
  let cancel: Cancel = () => undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    const serving = await admin.isReady().catch(() => false);
    if (stopped) return;
    tell(serving);
    cancel = clock.setTimer(EVERY_MS, () => void look());
  };
  void look();
  return () => {
    stopped = true;
    cancel();
  };
}
