// Stopping, by hand: from each phase, each stage in turn, and in a hurry.
import { makeSupervisor, step } from "../../../src/runtime/envoy/supervisor";
import type { Effect, Input, Stage, SupervisorState } from "../../../src/runtime/envoy/supervisor-types";

const initial = makeSupervisor({ drainTimeMs: 10_000, connectionTimeMs: 20_000, restartSilentMs: 60_000 });
const draining = (stage: Stage, connections?: number): SupervisorState => ({
  ...initial,
  phase: "draining",
  wasReady: true,
  stage,
  ...(connections === undefined ? {} : { connections }),
});
const stopRequested: Input = { type: "stopRequested", nowMs: 0 };
const stageOver: Input = { type: "timer", timer: "stage", nowMs: 0 };
const setStage = (ms: number): Effect => ({ type: "setTimer", timer: "stage", ms });
const clear: Effect = { type: "clearTimers" };
const stopped = (how: string): Effect => ({ type: "report", report: { type: "stopped", how } });

test.each(["initial", "backoff"] as const)("%s: no process, so it is over at once", (phase) => {
  const { state, effects } = step({ ...initial, phase }, stopRequested);
  expect(state.phase).toBe("stopped");
  expect(effects).toEqual([clear, stopped("no process was running")]);
});

test("starting: nobody is served, SIGTERM without a drain", () => {
  const { state, effects } = step({ ...initial, phase: "starting" }, stopRequested);
  expect([state.phase, state.stage]).toEqual(["draining", "term"]);
  expect(effects).toEqual([clear, { type: "kill", signal: "SIGTERM" }, setStage(3_000)]);
});

test.each(["stopped", "failed"] as const)("%s is final", (phase) => {
  const state = { ...initial, phase };
  expect(step(state, stopRequested)).toEqual({ state, effects: [] });
});

test("running: drains and goes on accepting for the drain time", () => {
  const { state, effects } = step({ ...initial, phase: "running" }, stopRequested);
  expect([state.phase, state.stage]).toEqual(["draining", "accepting"]);
  expect(effects).toEqual([
    clear,
    { type: "report", report: { type: "draining", forMs: 10_000 } },
    { type: "drain" },
    setStage(10_000),
  ]);
});

test("after the drain time open connections are counted", () => {
  const { state, effects } = step(draining("accepting"), stageOver);
  expect(state.stage).toBe("connections");
  expect(effects).toEqual([clear, { type: "countConnections" }, setStage(20_000)]);
});

test("with some left they are counted again", () => {
  const counted = step(draining("connections"), { type: "connections", count: 3, nowMs: 0 });
  expect(counted.state).toMatchObject({ stage: "connections", connections: 3 });
  expect(counted.effects).toEqual([{ type: "setTimer", timer: "poll", ms: 250 }]);
  expect(step(counted.state, { type: "timer", timer: "poll", nowMs: 0 }).effects).toEqual([
    { type: "countConnections" },
  ]);
});

test("with an admin interface that does not answer they are counted again", () => {
  const { state, effects } = step(draining("connections", 3), { type: "connections", nowMs: 0 });
  expect(state.stage).toBe("connections");
  expect(state.connections).toBeUndefined();
  expect(effects).toEqual([{ type: "setTimer", timer: "poll", ms: 250 }]);
});

test("with none left it quits without a word about cut connections", () => {
  const { state, effects } = step(draining("connections", 3), { type: "connections", count: 0, nowMs: 0 });
  expect(state.stage).toBe("quit");
  expect(effects).toEqual([clear, { type: "quit" }, setStage(2_000)]);
});

test("a count that comes before its stage is ignored", () => {
  const state = draining("accepting");
  expect(step(state, { type: "connections", count: 0, nowMs: 0 })).toEqual({ state, effects: [] });
});

test("connections that do not end are cut, and said so", () => {
  const { effects } = step(draining("connections", 3), stageOver);
  expect(effects).toEqual([
    clear,
    { type: "report", report: { type: "cutting", count: 3 } },
    { type: "quit" },
    setStage(2_000),
  ]);
});

test("an Envoy that does not quit gets SIGTERM, then SIGKILL for ever", () => {
  const term = step(draining("quit"), stageOver);
  expect(term.effects).toEqual([
    { type: "report", report: { type: "forced", signal: "SIGTERM" } },
    clear,
    { type: "kill", signal: "SIGTERM" },
    setStage(3_000),
  ]);
  const kill = step(term.state, stageOver);
  expect(kill.effects).toEqual([
    { type: "report", report: { type: "forced", signal: "SIGKILL" } },
    clear,
    { type: "kill", signal: "SIGKILL" },
    setStage(3_000),
  ]);
  expect(step(kill.state, stageOver).state.stage).toBe("kill");
});

test.each<[Stage, Stage]>([
  ["accepting", "quit"],
  ["connections", "quit"],
  ["quit", "term"],
  ["term", "kill"],
])("asked again while %s: %s", (from, to) => {
  expect(step(draining(from), stopRequested).state.stage).toBe(to);
});

test.each<[Stage, Input, string]>([
  ["quit", { type: "exited", code: 0, signal: null, jitter: 0, nowMs: 0 }, "exit code 0"],
  ["kill", { type: "exited", code: null, signal: "SIGKILL", jitter: 0, nowMs: 0 }, "signal SIGKILL"],
  ["term", { type: "spawnFailed", reason: "never was", jitter: 0, nowMs: 0 }, "never was"],
])("its end while draining (%s) is no failure", (stage, input, how) => {
  const { state, effects } = step(draining(stage), input);
  expect(state.phase).toBe("stopped");
  expect(effects).toEqual([clear, stopped(how)]);
});
