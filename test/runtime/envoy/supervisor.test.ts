// The supervisor's step, by hand: what each input does in each phase, and when.
import { reportText } from "../../../src/runtime/envoy/report-text";
import { makeSupervisor, step } from "../../../src/runtime/envoy/supervisor";
import type { Effect, Input, SupervisorState, Timer } from "../../../src/runtime/envoy/supervisor-types";

const initial = makeSupervisor({ drainTimeMs: 10_000, connectionTimeMs: 20_000, restartSilentMs: 60_000 });
const running: SupervisorState = { ...initial, phase: "running", wasReady: true, spawnedAtMs: 1_000, readyAtMs: 1_100 };
const starting: SupervisorState = { ...initial, phase: "starting", spawnedAtMs: 1_000 };
const restarting: SupervisorState = { ...starting, wasReady: true };
const exited = (nowMs: number, code: number | null, signal: string | null = null, jitter = 0): Input => ({
  type: "exited",
  nowMs,
  code,
  signal,
  jitter,
});

const at = (type: "start" | "spawned" | "ready", nowMs: number): Input => ({ type, nowMs });
const timer = (name: Timer, nowMs: number): Input => ({ type: "timer", timer: name, nowMs });
const spawnFailed = (nowMs: number): Input => ({ type: "spawnFailed", nowMs, jitter: 0, reason: "EACCES" });

/** Effects in short: `kill SIGTERM`, `timer poll 50`, `report ready`. */
function short(effect: Effect): string {
  if (effect.type === "setTimer") return `timer ${effect.timer} ${effect.ms}`;
  if (effect.type === "kill") return `kill ${effect.signal}`;
  if (effect.type === "report") return `report ${effect.report.type}`;
  return effect.type;
}

const RETRY = ["clearTimers", "report exited"];

type Row = [name: string, from: SupervisorState, input: Input, phase: string, effects: readonly string[]];

function check(_: string, from: SupervisorState, input: Input, phase: string, effects: readonly string[]): void {
  const next = step(from, input);
  expect(next.state.phase).toBe(phase);
  expect(next.effects.map(short)).toEqual(effects);
}

describe("start and readiness", () => {
  test.each<Row>([
    ["start spawns", initial, at("start", 5), "starting", ["spawn"]],
    ["a second start does nothing", running, at("start", 5), "running", []],
    [
      "once spawned, readiness is asked for",
      starting,
      at("spawned", 1_010),
      "starting",
      ["checkReady", "timer poll 50", "timer slow 15000"],
    ],
    ["asked again soon at first", starting, timer("poll", 1_050), "starting", ["checkReady", "timer poll 50"]],
    ["asked less often later", starting, timer("poll", 5_000), "starting", ["checkReady", "timer poll 400"]],
    ["asked once a second at most", starting, timer("poll", 61_000), "starting", ["checkReady", "timer poll 1000"]],
    [
      "slow readiness is said, again after a minute",
      starting,
      timer("slow", 16_000),
      "starting",
      ["report notReady", "timer slow 60000"],
    ],
    ["ready", starting, at("ready", 1_090), "running", ["clearTimers", "report ready", "timer watch 1000"]],
    [
      "a late ready of one that is being stopped",
      { ...starting, phase: "draining", stage: "term" },
      at("ready", 1_090),
      "draining",
      [],
    ],
    [
      "the back-off ends with a spawn",
      { ...running, phase: "backoff" },
      timer("restart", 9_500),
      "starting",
      ["spawn"],
    ],
    ["a stale timer does nothing while running", running, timer("poll", 9_500), "running", []],
    ["a stopped one stays stopped", { ...running, phase: "stopped" }, timer("restart", 9_500), "stopped", []],
  ])("%s", check);
});

describe("exits", () => {
  test.each<Row>([
    [
      "exit 1 before the first readiness ever is final",
      starting,
      exited(1_050, 1),
      "failed",
      ["clearTimers", "report refused"],
    ],
    [
      "so is a binary that cannot be executed",
      starting,
      exited(1_050, 127),
      "failed",
      ["clearTimers", "report refused"],
    ],
    ["so is a process that cannot be made", starting, spawnFailed(1_050), "failed", ["clearTimers", "report refused"]],
    [
      "exit 1 of a restarted one is tried again, slowly",
      restarting,
      exited(1_050, 1),
      "backoff",
      [...RETRY, "timer restart 30000"],
    ],
    [
      "a crash before the first readiness is tried again",
      starting,
      exited(1_050, null, "SIGSEGV"),
      "backoff",
      [...RETRY, "timer restart 500"],
    ],
    [
      "killed while running, restarted after half a second",
      running,
      exited(9_000, null, "SIGKILL"),
      "backoff",
      [...RETRY, "timer restart 500"],
    ],
    [
      "exit 1 while running is a crash like others",
      running,
      exited(9_000, 1),
      "backoff",
      [...RETRY, "timer restart 500"],
    ],
    [
      "told to quit by somebody else, it is restarted too",
      running,
      exited(9_000, 0),
      "backoff",
      [...RETRY, "timer restart 500"],
    ],
    [
      "jitter makes it up to a quarter longer",
      running,
      exited(9_000, null, "SIGKILL", 0.5),
      "backoff",
      [...RETRY, "timer restart 563"],
    ],
    [
      "the third failure waits two seconds",
      { ...running, failures: 2 },
      exited(9_000, null, "SIGKILL"),
      "backoff",
      [...RETRY, "timer restart 2000"],
    ],
    [
      "the fifth is a crash loop: the longest wait, no end",
      { ...running, failures: 4 },
      exited(9_000, null, "SIGKILL", 0.9),
      "backoff",
      [...RETRY, "timer restart 30000"],
    ],
    [
      "a minute of service is just not enough to forget",
      { ...running, failures: 2 },
      exited(61_099, null, "SIGKILL"),
      "backoff",
      [...RETRY, "timer restart 2000"],
    ],
    [
      "a minute of service makes failures forgotten",
      { ...running, failures: 4 },
      exited(61_100, null, "SIGKILL"),
      "backoff",
      [...RETRY, "timer restart 500"],
    ],
  ])("%s", check);
});

test("the time to readiness counts from when the process was there", () => {
  const spawned = step(starting, { type: "spawned", nowMs: 4_000 }).state;
  const [, ready] = step(spawned, { type: "ready", nowMs: 4_090 }).effects;
  expect(ready).toEqual({ type: "report", report: { type: "ready", afterMs: 90 } });
});

test("a crash loop is reported as one and says how the process ended", () => {
  const [, report] = step({ ...running, failures: 4 }, exited(9_000, null, "SIGSEGV")).effects;
  expect(report).toEqual({
    type: "report",
    report: { type: "exited", how: "signal SIGSEGV", retryInMs: 30_000, crashLoop: true },
  });
  if (report?.type !== "report") throw new Error("no report");
  expect(reportText(report.report)).toEqual({
    level: "error",
    message: "Envoy keeps on ending; its configuration is kept",
    fields: { ended: "signal SIGSEGV", restartInMs: 30_000 },
  });
});
