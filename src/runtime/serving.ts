// Whether an Envoy serves, for the catalog: the one that we started, or one that others start and whose admin socket we see.

import type { EnvoyAdmin } from "./envoy/admin";
import type { EnvoyHandle } from "./envoy/process";
import { reportText } from "./envoy/report-text";
import { answered, unanswered, watchTimer } from "./envoy/silence";
import { makeSupervisor } from "./envoy/supervisor";
import { type Step, type Timer, WATCH_MS } from "./envoy/supervisor-types";
import { makeTimers } from "./envoy/timers";
import type { Cancel, Clock, Logger } from "./ports";

export interface Serving {
  /** It is there, and does not answer. */
  silent(): boolean;
  stop: Cancel;
}

/** Calls back with every answer, changed or not. */
export function watchServing(envoy: EnvoyHandle, tell: (serving: boolean) => void): Serving {
  tell(envoy.phase === "running");
  return { silent: () => envoy.phase === "silent", stop: envoy.onState((phase) => tell(phase === "running")) };
}

/** Others start it again. */
const POLICY = { drainTimeMs: 0, connectionTimeMs: 0, restartSilentMs: 0 };

/**
 * As watchServing() for an Envoy that others start with our bootstrap: one that is gone or not ready yet serves nobody, and
 * silence counts as it does for one of ours, by the same rule.
 */
export function pollServing(
  admin: Pick<EnvoyAdmin, "look">,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  tell: (serving: boolean) => void,
): Serving {
  let state = { ...makeSupervisor(POLICY), phase: "starting" as const } as Step["state"];
  let stopped = false;

  const take = ({ state: next, effects }: Step): void => {
    state = next;
    for (const effect of effects) {
      if (effect.type === "setTimer") timers.set(effect.timer, effect.ms);
      else if (effect.type === "clearTimers") timers.clear();
      else if (effect.type === "checkAlive") void look();
      else if (effect.type === "report") {
        const { level, message, fields } = reportText(effect.report);
        log[level](message, fields);
      }
    }
    tell(state.phase === "running");
  };
  const timers = makeTimers<Timer>(clock, (timer) => take(watchTimer(state, timer)));

  const look = async (): Promise<void> => {
    const seen = await admin.look();
    if (stopped) return;
    const now = clock.now();
    if (seen === "ready") {
      if (state.phase === "starting") state = { ...state, phase: "running", suspected: false };
      return take(answered(state, now));
    }
    if (seen === "silent" && state.phase !== "starting") return take(unanswered(state, now));
    timers.clear();
    take({
      state: { ...state, phase: "starting", suspected: false },
      effects: [{ type: "setTimer", timer: "watch", ms: WATCH_MS }],
    });
  };
  void look();
  return {
    silent: () => state.phase === "silent",
    stop() {
      stopped = true;
      timers.clear();
    },
  };
}
