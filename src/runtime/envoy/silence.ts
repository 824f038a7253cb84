// The supervisor's watch over a running Envoy: one that is there and does not answer serves nobody, and is ended at last.
// Pure. All its answers come from its main thread, which takes changes of configuration as well and may be busy with
// those for seconds; so only a long silence counts, and one answer ends it.

import {
  type Effect,
  report,
  SILENT_MS,
  type Step,
  type SupervisorState,
  same,
  type Timer,
  WATCH_MS,
} from "./supervisor-types";

/** Begins with readiness and follows each answer, or its absence. */
export const NEXT_LOOK: Effect = { type: "setTimer", timer: "watch", ms: WATCH_MS };

/** It answered, whatever it said. */
export function answered(state: SupervisorState, nowMs: number): Step {
  if (state.phase !== "running" && state.phase !== "silent") return same(state);
  const again = state.phase === "silent" ? [report({ type: "answers", afterMs: nowMs - state.silentSinceMs })] : [];
  return {
    state: { ...state, phase: "running", suspected: false },
    effects: [{ type: "clearTimers" }, ...again, NEXT_LOOK],
  };
}

export function unanswered(state: SupervisorState, nowMs: number): Step {
  if (state.phase !== "running" && state.phase !== "silent") return same(state);
  if (state.suspected) return { state, effects: [NEXT_LOOK] };
  return {
    state: { ...state, suspected: true, silentSinceMs: nowMs },
    effects: [{ type: "setTimer", timer: "silence", ms: SILENT_MS }, NEXT_LOOK],
  };
}

/** A timer while it runs. */
export function watchTimer(state: SupervisorState, timer: Timer): Step {
  if (timer === "watch") return { state, effects: [{ type: "checkAlive" }] };
  if (timer !== "silence" || !state.suspected) return same(state);
  if (state.phase === "silent") {
    // A process that is stopped takes no other signal.
    return { state, effects: [report({ type: "wedged" }), { type: "kill", signal: "SIGKILL" }] };
  }
  const { restartSilentMs } = state.policy;
  if (restartSilentMs === 0) {
    return { state: { ...state, phase: "silent" }, effects: [report({ type: "silent", forMs: SILENT_MS })] };
  }
  const restartInMs = Math.max(0, restartSilentMs - SILENT_MS);
  return {
    state: { ...state, phase: "silent" },
    effects: [
      report({ type: "silent", forMs: SILENT_MS, restartInMs }),
      { type: "setTimer", timer: "silence", ms: restartInMs },
    ],
  };
}
