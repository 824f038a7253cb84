import { spawnSync } from "node:child_process";
import { systemClock } from "../../../src/runtime/ports";

describe("the machine's clock", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it("keeps timers that are longer than Node's own limit", () => {
    const fired: number[] = [];
    const days = 40 * 86_400_000;
    systemClock.setTimer(days, () => fired.push(1));
    jest.advanceTimersByTime(days - 1);
    expect(fired).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(fired).toEqual([1]);
  });

  it("cancels timers, long ones in their second part too", () => {
    const fired: number[] = [];
    const cancel = systemClock.setTimer(40 * 86_400_000, () => fired.push(1));
    jest.advanceTimersByTime(30 * 86_400_000);
    cancel();
    systemClock.setTimer(-5, () => fired.push(2));
    jest.advanceTimersByTime(20 * 86_400_000);
    expect(fired).toEqual([2]);
  });
});

it("logs one line each on standard error, as JSON or for people, at and above the level", () => {
  const script = (json: boolean) => `
    const { transformSync } = require("@swc/core");
    const { readFileSync } = require("node:fs");
    const { code } = transformSync(readFileSync("src/runtime/ports.ts", "utf8"), {
      jsc: { parser: { syntax: "typescript" } }, module: { type: "commonjs" } });
    const exports_ = {};
    new Function("require", "exports", code)(require, exports_);
    const log = exports_.makeLogger({ level: "info", json: ${json} });
    log.debug("unseen");
    log.warn("service waits", { service: "billing", n: 2 });
    log.info("done");`;
  const run = (json: boolean) =>
    spawnSync(process.execPath, ["-e", script(json)], { encoding: "utf8", timeout: 20_000 });
  const people = run(false);
  expect(people.stdout).toBe("");
  expect(people.stderr.replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z/gm, "TIME")).toBe(
    'TIME WARN  service waits service="billing" n=2\nTIME INFO  done\n',
  );
  const [first, second, ...more] = run(true).stderr.split("\n");
  expect(JSON.parse(first ?? "")).toEqual({
    level: "warn",
    time: expect.any(Number),
    service: "billing",
    n: 2,
    msg: "service waits",
  });
  expect(JSON.parse(second ?? "")).toEqual({ level: "info", time: expect.any(Number), msg: "done" });
  expect(more).toEqual([""]);
});
