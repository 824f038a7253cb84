// A running Envoy that does not answer: when that is said, when it is ended, and how it comes back.
import { reportText } from "../../../src/runtime/envoy/report-text";
import { makeSupervisor, step } from "../../../src/runtime/envoy/supervisor";
import type { Effect, Input, SupervisorState, Timer } from "../../../src/runtime/envoy/supervisor-types";

const ran = (restartSilentMs = 60_000): SupervisorState => ({
  ...makeSupervisor({ drainTimeMs: 10_000, connectionTimeMs: 20_000, restartSilentMs }),
  ...{ phase: "running", wasReady: true, spawnedAtMs: 1_000, readyAtMs: 1_100 },
});
const timer = (name: Timer): Input => ({ type: "timer", timer: name, nowMs: 0 });
const answer = (type: "answered" | "unanswered", nowMs: number): Input => ({ type, nowMs });

/** Effects in short: `kill SIGKILL`, `timer watch 1000`, `report silent`. */
function short(effect: Effect): string {
  if (effect.type === "setTimer") return `timer ${effect.timer} ${effect.ms}`;
  if (effect.type === "kill") return `kill ${effect.signal}`;
  return effect.type === "report" ? `report ${effect.report.type}` : effect.type;
}

/** Inputs one after the other: the last phase, and what the last input did. */
function after(state: SupervisorState, ...inputs: readonly Input[]) {
  let effects: readonly Effect[] = [];
  let now = state;
  for (const input of inputs) ({ state: now, effects } = step(now, input));
  return { now, phase: now.phase, effects: effects.map(short), reports: effects };
}

const SILENT = [answer("unanswered", 5_000), timer("silence")] as const;

test("from readiness on it is asked a second after each answer", () => {
  const starting: SupervisorState = { ...ran(), phase: "starting" };
  expect(after(starting, { type: "ready", nowMs: 1_100 }).effects).toEqual([
    ...["clearTimers", "report ready", "timer watch 1000"],
  ]);
  expect(after(ran(), timer("watch")).effects).toEqual(["checkAlive"]);
  expect(after(ran(), answer("answered", 2_000)).effects).toEqual(["clearTimers", "timer watch 1000"]);
});

test("one question without an answer is a suspicion, which an answer ends", () => {
  const suspected = after(ran(), answer("unanswered", 5_000));
  expect([suspected.phase, suspected.effects]).toEqual(["running", ["timer silence 10000", "timer watch 1000"]]);
  const more = after(suspected.now, answer("unanswered", 10_000));
  expect(more.effects).toEqual(["timer watch 1000"]);
  const over = after(more.now, answer("answered", 11_000));
  expect([over.phase, over.effects]).toEqual(["running", ["clearTimers", "timer watch 1000"]]);
  expect(after(over.now, timer("silence")).phase).toBe("running");
});

test("ten seconds later it is silent, and that is said", () => {
  const silent = after(ran(), ...SILENT);
  expect([silent.phase, silent.effects]).toEqual(["silent", ["report silent", "timer silence 50000"]]);
  expect(reportText({ type: "silent", forMs: 10_000, restartInMs: 50_000 })).toEqual({
    ...{ level: "error", message: "Envoy does not answer: it counts as not serving" },
    fields: { forMs: 10_000, restartInMs: 50_000 },
  });
  expect(after(silent.now, timer("watch")).effects).toEqual(["checkAlive"]);
});

test("a silent one that answers runs again", () => {
  const back = after(ran(), ...SILENT, answer("answered", 20_000));
  expect([back.phase, back.effects]).toEqual(["running", ["clearTimers", "report answers", "timer watch 1000"]]);
  expect(back.reports[1]).toEqual({ type: "report", report: { type: "answers", afterMs: 15_000 } });
});

test("a silent one is killed at last, and started again as after any death", () => {
  const killed = after(ran(), ...SILENT, timer("silence"));
  expect([killed.phase, killed.effects]).toEqual(["silent", ["report wedged", "kill SIGKILL"]]);
  const gone = after(killed.now, { type: "exited", nowMs: 70_000, code: null, signal: "SIGKILL", jitter: 0 });
  expect([gone.phase, gone.effects]).toEqual(["backoff", ["clearTimers", "report exited", "timer restart 500"]]);
  const ready = after(gone.now, timer("restart"), answer("unanswered", 70_500), { type: "ready", nowMs: 70_600 });
  expect(ready.phase).toBe("running");
  expect(after(ready.now, timer("silence")).effects).toEqual([]);
});

test("without a time for that it is left alone", () => {
  const silent = after(ran(0), ...SILENT);
  expect([silent.phase, silent.effects]).toEqual(["silent", ["report silent"]]);
  expect(reportText({ type: "silent", forMs: 10_000 }).fields).toEqual({ forMs: 10_000, restartInMs: "never" });
});

test("a silent one is not asked to drain when it is to stop", () => {
  const stopping = after(ran(), ...SILENT, { type: "stopRequested", nowMs: 20_000 });
  expect([stopping.phase, stopping.effects]).toEqual(["draining", ["clearTimers", "kill SIGTERM", "timer stage 3000"]]);
});
