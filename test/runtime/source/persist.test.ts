import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRevocations, openState, StateError } from "../../../src/runtime/persist";
import { makeLog, makeTempDir } from "./support";

const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no error",
    (error: unknown) => (error instanceof StateError ? error.message : `not a StateError: ${error}`),
  );

it("makes directories private, replaces files whole and leaves nothing else behind", async () => {
  const dir = join(makeTempDir(), "a/b");
  const state = await openState(dir);
  expect(await state.readJson("x.json")).toBeUndefined();
  await state.writeJson("x.json", { n: 1 });
  await Promise.all([state.writeJson("x.json", { n: 2 }), state.writeJson("x.json", { n: 2 })]);
  expect(await state.readJson("x.json")).toEqual({ n: 2 });
  expect(readdirSync(dir)).toEqual(["x.json"]);
  expect([join(dir, ".."), dir, join(dir, "x.json")].map((path) => statSync(path).mode & 0o777)).toEqual([
    0o700, 0o700, 0o600,
  ]);
});

it("creates a file once", async () => {
  const state = await openState(makeTempDir());
  expect(await state.createJson("x.json", 1)).toBe(true);
  expect(await state.createJson("x.json", 2)).toBe(false);
  expect(await state.readJson("x.json")).toBe(1);
  expect(readdirSync(state.dir)).toEqual(["x.json"]);
});

it("follows no symlink that somebody put in a file's place", async () => {
  const dir = makeTempDir();
  const state = await openState(join(dir, "state"));
  writeFileSync(join(dir, "victim"), "1", { mode: 0o600 });
  symlinkSync("../victim", join(dir, "state/x.json"));
  expect(await messageOf(state.readJson("x.json"))).toMatch(/^cannot read .*x\.json: ELOOP/);
  await state.writeJson("x.json", 2);
  expect(readFileSync(join(dir, "victim"), "utf8")).toBe("1");
  expect(await state.readJson("x.json")).toBe(2);
});

it("says what to do about a directory that cannot be private", async () => {
  const dir = makeTempDir();
  mkdirSync(join(dir, "open"));
  chmodSync(join(dir, "open"), 0o755);
  writeFileSync(join(dir, "file"), "");
  expect(await messageOf(openState(join(dir, "open")))).toBe(
    `${join(dir, "open")} has mode 755, so others may have read its keys; allowed is 700 (chmod 700)`,
  );
  expect(await messageOf(openState(join(dir, "file")))).toMatch(/^cannot make the state directory .*EEXIST/);
  expect(await messageOf(openState(join(dir, "file/below")))).toMatch(/^cannot make the state directory .*ENOTDIR/);
});

describe("revocation counters", () => {
  it("come back after a restart, the latest value of each", async () => {
    const state = await openState(makeTempDir());
    const first = await openRevocations(state, makeLog());
    expect(first.initial).toEqual({});
    first.save({ a: 1 });
    first.save({ a: 2 });
    first.save({ a: 2, b: 1 });
    await first.flush();
    expect((await openRevocations(state, makeLog())).initial).toEqual({ a: 2, b: 1 });
  });

  it("start from nothing, with a warning, where the file is broken", async () => {
    const dir = makeTempDir();
    writeFileSync(join(dir, "revocations.json"), "{", { mode: 0o600 });
    const log = makeLog();
    expect((await openRevocations(await openState(dir), log)).initial).toEqual({});
    expect(log.records.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "revocation counters not read"],
    ]);
  });

  it("take only counters from the file", async () => {
    const dir = makeTempDir();
    writeFileSync(join(dir, "revocations.json"), '{"a":3,"b":-1,"c":"x","d":1.5}', { mode: 0o600 });
    expect((await openRevocations(await openState(dir), makeLog())).initial).toEqual({ a: 3 });
  });

  it("are logged and forgotten where they cannot be written", async () => {
    const state = await openState(makeTempDir());
    const log = makeLog();
    const full = { ...state, writeJson: () => Promise.reject(new StateError("disk full")) };
    const revocations = await openRevocations(full, log);
    revocations.save({ a: 1 });
    await revocations.flush();
    expect(log.records).toEqual([
      { level: "error", message: "revocation counters not saved", fields: { reason: "disk full" } },
    ]);
  });
});
