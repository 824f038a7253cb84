// One Envoy's life as a step machine: start, readiness, restart with back-off, drain and stop. Pure: time and chance come in.
//
// Restarts never give up once an Envoy was ready: a crash loop is reported and then tried every 30 s, since giving up
// would turn a passing fault into an outage that needs a person. Exit 1 before the first readiness is different: Envoy
// refuses its bootstrap or an address, so the machine fails at once and the last log lines say why.

import { counted, drainTimer, stop } from "./drain";
import { answered, NEXT_LOOK, unanswered, watchTimer } from "./silence";
import {
  BACKOFF_CAP_MS,
  BACKOFF_FIRST_MS,
  CRASH_LOOP,
  type Effect,
  FIRST_POLL_MS,
  type Input,
  LAST_POLL_MS,
  type Policy,
  report,
  SLOW_AGAIN_MS,
  SLOW_MS,
  STABLE_MS,
  type Step,
  type SupervisorState,
  same,
} from "./supervisor-types";

/** 1: Envoy refuses what it was given. 126, 127: setpriv, which runs before it, cannot execute it. */
const CONFIG_ERRORS: ReadonlySet<number | null> = new Set([1, 126, 127]);

/** The state before `start`. */
export function makeSupervisor(policy: Policy): SupervisorState {
  return {
    policy,
    phase: "initial",
    wasReady: false,
    spawnedAtMs: 0,
    readyAtMs: 0,
    failures: 0,
    suspected: false,
    silentSinceMs: 0,
    stage: "accepting",
  };
}

/** What an input does. An input that has no meaning in the current phase (a late answer) changes nothing. */
export function step(state: SupervisorState, input: Input): Step {
  switch (input.type) {
    case "start":
      return state.phase === "initial" ? spawn(state, input.nowMs) : same(state);
    case "spawned":
      return state.phase === "starting" ? waitForReady(state, input.nowMs) : same(state);
    case "ready":
      return state.phase === "starting" ? becomeReady(state, input.nowMs) : same(state);
    case "answered":
      return answered(state, input.nowMs);
    case "unanswered":
      return unanswered(state, input.nowMs);
    case "spawnFailed":
    case "exited":
      return end(state, input);
    case "stopRequested":
      return stop(state);
    case "connections":
      return counted(state, input.count);
    case "timer":
      return timer(state, input);
  }
}

function spawn(state: SupervisorState, nowMs: number): Step {
  return { state: { ...state, phase: "starting", spawnedAtMs: nowMs }, effects: [{ type: "spawn" }] };
}

function waitForReady(state: SupervisorState, nowMs: number): Step {
  return {
    state: { ...state, spawnedAtMs: nowMs },
    effects: [
      { type: "checkReady" },
      { type: "setTimer", timer: "poll", ms: FIRST_POLL_MS },
      { type: "setTimer", timer: "slow", ms: SLOW_MS },
    ],
  };
}

function becomeReady(state: SupervisorState, nowMs: number): Step {
  return {
    state: { ...state, phase: "running", wasReady: true, readyAtMs: nowMs, suspected: false },
    effects: [{ type: "clearTimers" }, report({ type: "ready", afterMs: nowMs - state.spawnedAtMs }), NEXT_LOOK],
  };
}

function end(state: SupervisorState, input: Extract<Input, { type: "exited" | "spawnFailed" }>): Step {
  const how = input.type === "exited" ? exitText(input.code, input.signal) : input.reason;
  if (state.phase === "draining") {
    const effects: Effect[] = [{ type: "clearTimers" }, report({ type: "stopped", how })];
    return { state: { ...state, phase: "stopped" }, effects };
  }
  const wasUp = state.phase === "running" || state.phase === "silent";
  if (state.phase !== "starting" && !wasUp) return same(state);
  const refused = state.phase === "starting" && (input.type === "spawnFailed" || CONFIG_ERRORS.has(input.code));
  if (refused && !state.wasReady) {
    const effects: Effect[] = [{ type: "clearTimers" }, report({ type: "refused", reason: how })];
    return { state: { ...state, phase: "failed" }, effects };
  }
  const stable = wasUp && input.nowMs - state.readyAtMs >= STABLE_MS;
  const failures = stable ? 1 : state.failures + 1;
  const crashLoop = failures >= CRASH_LOOP;
  const retryInMs = refused || crashLoop ? BACKOFF_CAP_MS : backoff(failures, input.jitter);
  return {
    state: { ...state, phase: "backoff", failures },
    effects: [
      { type: "clearTimers" },
      report({ type: "exited", how, retryInMs, crashLoop }),
      { type: "setTimer", timer: "restart", ms: retryInMs },
    ],
  };
}

/** 0.5 s, 1 s, 2 s, … each up to a quarter longer, never above the cap. */
function backoff(failures: number, jitter: number): number {
  return Math.min(BACKOFF_CAP_MS, Math.round(BACKOFF_FIRST_MS * 2 ** (failures - 1) * (1 + jitter / 4)));
}

function timer(state: SupervisorState, input: Extract<Input, { type: "timer" }>): Step {
  if (state.phase === "draining") return drainTimer(state, input.timer);
  if (state.phase === "backoff" && input.timer === "restart") return spawn(state, input.nowMs);
  if (state.phase === "running" || state.phase === "silent") return watchTimer(state, input.timer);
  if (state.phase !== "starting") return same(state);
  const elapsedMs = input.nowMs - state.spawnedAtMs;
  if (input.timer === "poll") {
    const ms = Math.min(LAST_POLL_MS, Math.max(FIRST_POLL_MS, Math.round(elapsedMs / 10)));
    return { state, effects: [{ type: "checkReady" }, { type: "setTimer", timer: "poll", ms }] };
  }
  const again: Effect = { type: "setTimer", timer: "slow", ms: SLOW_AGAIN_MS };
  return { state, effects: [report({ type: "notReady", afterMs: elapsedMs }), again] };
}

function exitText(code: number | null, signal: string | null): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
