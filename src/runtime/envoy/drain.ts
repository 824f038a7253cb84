// The supervisor's last part: drain, wait for open connections, quit, and force what does not end. Pure.

import {
  CONNECTION_POLL_MS,
  type Effect,
  QUIT_MS,
  report,
  type Stage,
  type Step,
  type SupervisorState,
  same,
  TERM_MS,
  type Timer,
} from "./supervisor-types";

const NEXT: Readonly<Record<Stage, Stage>> = {
  accepting: "connections",
  connections: "quit",
  quit: "term",
  term: "kill",
  kill: "kill",
};

/** A stop request. One more while draining is somebody in a hurry: it ends the waiting. */
export function stop(state: SupervisorState): Step {
  switch (state.phase) {
    case "initial":
    case "backoff":
      return {
        state: { ...state, phase: "stopped" },
        effects: [{ type: "clearTimers" }, report({ type: "stopped", how: "no process was running" })],
      };
    case "starting": // Nobody is served yet: nothing to drain.
    case "silent": // Nor is it told anything.
      return enter({ ...state, phase: "draining" }, "term");
    case "running":
      return enter({ ...state, phase: "draining" }, "accepting");
    case "draining":
      return state.stage === "accepting" ? enter(state, "quit") : late(state);
    case "stopped":
    case "failed":
      return same(state);
  }
}

/** The answer to countConnections; nobody left ends the waiting. */
export function counted(state: SupervisorState, count: number | undefined): Step {
  if (state.phase !== "draining" || state.stage !== "connections") return same(state);
  const { connections: _, ...rest } = state;
  const now: SupervisorState = count === undefined ? rest : { ...rest, connections: count };
  if (count === 0) return enter(now, "quit");
  return { state: now, effects: [{ type: "setTimer", timer: "poll", ms: CONNECTION_POLL_MS }] };
}

/** A timer while draining: the stage's time is over, or connections are to be counted again. */
export function drainTimer(state: SupervisorState, timer: Timer): Step {
  if (timer === "stage") return late(state);
  return timer === "poll" && state.stage === "connections"
    ? { state, effects: [{ type: "countConnections" }] }
    : same(state);
}

/** What the present stage asked for did not happen in time. */
function late(state: SupervisorState): Step {
  const { state: next, effects } = enter(state, NEXT[state.stage]);
  if (next.stage === "term")
    return { state: next, effects: [report({ type: "forced", signal: "SIGTERM" }), ...effects] };
  if (next.stage === "kill")
    return { state: next, effects: [report({ type: "forced", signal: "SIGKILL" }), ...effects] };
  return { state: next, effects };
}

function enter(state: SupervisorState, stage: Stage): Step {
  return { state: { ...state, stage }, effects: [{ type: "clearTimers" }, ...stageEffects(state, stage)] };
}

function stageEffects(state: SupervisorState, stage: Stage): readonly Effect[] {
  const { drainTimeMs, connectionTimeMs } = state.policy;
  const until = (ms: number): Effect => ({ type: "setTimer", timer: "stage", ms });
  switch (stage) {
    case "accepting":
      return [report({ type: "draining", forMs: drainTimeMs }), { type: "drain" }, until(drainTimeMs)];
    case "connections":
      return [{ type: "countConnections" }, until(connectionTimeMs)];
    case "quit":
      return [...cutting(state), { type: "quit" }, until(QUIT_MS)];
    case "term":
      return [{ type: "kill", signal: "SIGTERM" }, until(TERM_MS)];
    case "kill":
      return [{ type: "kill", signal: "SIGKILL" }, until(TERM_MS)];
  }
}

function cutting({ connections }: SupervisorState): readonly Effect[] {
  if (connections === 0) return [];
  return [report(connections === undefined ? { type: "cutting" } : { type: "cutting", count: connections })];
}
