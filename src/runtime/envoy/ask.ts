// The supervisor's questions and orders that go to Envoy's admin interface; answers come back as inputs.

import type { Clock, Logger } from "../ports";
import type { EnvoyAdmin } from "./admin";
import type { Effect, Input } from "./supervisor-types";

export type AdminEffect = Extract<
  Effect,
  { readonly type: "checkReady" | "checkAlive" | "drain" | "countConnections" | "quit" }
>;

/** @param send takes an answer while the process that was asked still is the one that runs */
export function askEnvoy(
  effect: AdminEffect,
  { admin, clock, log }: { readonly admin: EnvoyAdmin; readonly clock: Clock; readonly log: Logger },
  send: (input: Input) => void,
): void {
  const at = (): { nowMs: number } => ({ nowMs: clock.now() });
  switch (effect.type) {
    case "checkReady":
      admin.isReady().then(
        (yes) => yes && send({ type: "ready", ...at() }),
        () => undefined, // Not up yet, or ending: the next poll or the exit tells.
      );
      break;
    case "checkAlive":
      void admin
        .look()
        .then((seen) => send({ type: ["ready", "notReady"].includes(seen) ? "answered" : "unanswered", ...at() }));
      break;
    case "drain":
      admin.drainListeners().catch((error) => log.warn("Envoy could not be told to drain", { error: String(error) }));
      break;
    case "countConnections":
      admin.activeConnections().then(
        (count) => send({ type: "connections", count, ...at() }),
        () => send({ type: "connections", ...at() }),
      );
      break;
    case "quit":
      admin.quit().catch(() => undefined); // It may end before it answers; where it does not end, signals follow.
  }
}
