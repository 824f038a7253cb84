// A manifest by its key, against a scripted server: the first look, what stands in for it, and what is no absence.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KvManifestOptions, openKvManifest } from "../../src/runtime/kv-manifest";
import type { ManifestSide } from "../../src/runtime/manifest-side";
import { openState } from "../../src/runtime/persist";
import { systemClock } from "../../src/runtime/ports";
import { addressOf } from "../support/consul-events";
import { type FakeAnswer, startFakeConsul } from "../support/consul-fake";
import { manifestText } from "../support/rig";
import { makeFakeClock, makeLog, makeTempDir, until } from "./source/support";

const PORT = 21_250;
const KEY = "consul-terminating-gateway/egress";
const FILE = "last-good-manifest.json";
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const textOf = (requestMs: number): string =>
  manifestText({
    ...{ name: "egress", datacenter: "dc1", delivery: "kv" },
    services: [{ name: "billing", address: "10.0.0.9", port: 1, plaintext: true, timeouts: { requestMs } }],
  });
const value = (index: number, text: string | null): FakeAnswer => ({
  index,
  body: [{ Key: KEY, Value: text === null ? null : Buffer.from(text).toString("base64"), ModifyIndex: index }],
});
const absent = (index: number): FakeAnswer => ({ status: 404, index, text: "" });
const requestMs = (side: ManifestSide | undefined) => side?.overrides("billing").requestTimeoutMs;

/** `answers` in turn, each when the last one was followed by a question; then silence. */
async function serve(answers: readonly (FakeAnswer | "hang")[]) {
  const paths: string[] = [];
  let at = 0;
  const consul = await startFakeConsul(PORT, ({ path, params }) => {
    if (path === "/v1/status/leader") return { body: "leader" };
    paths.push(`${path}?${params}`);
    return answers[at++] ?? "hang";
  });
  stops.push(consul.stop);
  return paths;
}

async function open(dir: string, more: Partial<KvManifestOptions> = {}): Promise<ManifestSide> {
  const access = {
    ...{ addresses: [addressOf(`http://127.0.0.1:${PORT}`)], token: () => undefined },
    ...{ datacenter: "dc1", namespace: "team", partition: "edge" },
  };
  const ports = { clock: systemClock, random: () => 0, log: makeLog() };
  const side = await openKvManifest({
    ...{ access, key: KEY, gateway: "egress", state: await openState(dir), ...ports },
    ...more,
  });
  stops.push(side.stop);
  return side;
}

function keep(dir: string, text: string, key = KEY): void {
  writeFileSync(join(dir, FILE), JSON.stringify({ key, savedAtMs: Date.UTC(2030, 0, 2), text }), { mode: 0o600 });
}

test("it is asked for in the gateway's own place, and kept on disk when it is good", async () => {
  const dir = makeTempDir();
  const paths = await serve([value(7, textOf(1234))]);
  const side = await open(dir);
  expect(side.model()?.services.map(({ name }) => name)).toEqual(["billing"]);
  expect(requestMs(side)).toBe(1234);
  expect(side.overrides("other")).toEqual({});
  await until(() => paths.length === 2);
  expect(paths).toEqual([
    `/v1/kv/${KEY}?dc=dc1&ns=team&partition=edge`,
    `/v1/kv/${KEY}?dc=dc1&ns=team&partition=edge&index=7&wait=60000ms`,
  ]);
  await side.stop();
  expect(JSON.parse(readFileSync(join(dir, FILE), "utf8"))).toMatchObject({ key: KEY, text: textOf(1234) });
});

test("each change is followed; the same manifest written in other words is none", async () => {
  const same = JSON.stringify(JSON.parse(textOf(2000)));
  const paths = await serve([value(1, textOf(1000)), value(2, textOf(2000)), value(3, same), value(4, textOf(3000))]);
  const side = await open(makeTempDir());
  const seen: unknown[] = [];
  side.follow(() => seen.push(requestMs(side)));
  await until(() => paths.length === 5);
  // The first may have been followed before anybody asked to be told.
  expect(seen.slice(-1)).toEqual([3000]);
  expect(seen.length).toBeLessThanOrEqual(2);
});

test("while Consul is silent the last good one stands in after two seconds; what comes later is a change", async () => {
  const dir = makeTempDir();
  keep(dir, textOf(4321));
  let answer: (told: FakeAnswer) => void = () => undefined;
  const late = new Promise<FakeAnswer>((resolve) => {
    answer = resolve;
  });
  const consul = await startFakeConsul(PORT, ({ path }) =>
    path === "/v1/status/leader" ? { body: "leader" } : consul.requests.length === 1 ? late : "hang",
  );
  stops.push(consul.stop);
  const clock = makeFakeClock();
  let side: ManifestSide | undefined;
  void open(dir, { clock }).then((opened) => {
    side = opened;
  });
  await until(() => consul.requests.length === 1);
  await clock.advance(1_900);
  expect(side).toBeUndefined();
  await clock.advance(200);
  await until(() => side !== undefined);
  expect(requestMs(side)).toBe(4321);
  expect(side?.status()).toEqual({
    ...{ from: `Consul key ${KEY}`, state: "kept" },
    reason: "Consul has not told it since the start; the last good one of 2030-01-02T00:00:00.000Z serves",
  });
  let changes = 0;
  side?.follow(() => {
    changes += 1;
  });
  answer(value(3, textOf(5000)));
  await until(() => changes === 1);
  expect(requestMs(side)).toBe(5000);
  expect(side?.status()).toEqual({ from: `Consul key ${KEY}`, state: "applied" });
});

test.each([
  ["of another key", () => textOf(1), "other/key"],
  ["that is cut", () => textOf(1).slice(0, 50), KEY],
  ["of another gateway", () => textOf(1).replace('"name": "egress"', '"name": "outbound"'), KEY],
])("a last good one %s is not used", async (_what, text, key) => {
  const dir = makeTempDir();
  keep(dir, text(), key);
  await serve([{ status: 403, text: "Permission denied" }]);
  const side = await open(dir);
  expect(side.model()).toBeUndefined();
  expect(side.status()).toMatchObject({
    ...{ state: "waiting", reason: `manifest "${KEY}" refused, token lacks key:read on "${KEY}"` },
  });
});

test("a key that is gone takes the last good one with it, but not before it stays away for a second", async () => {
  const dir = makeTempDir();
  keep(dir, textOf(4321));
  await serve([absent(5)]);
  const clock = makeFakeClock();
  let side: ManifestSide | undefined;
  void open(dir, { clock }).then((opened) => {
    side = opened;
  });
  for (let ms = 0; side === undefined && ms < 1_500; ms += 100) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.advance(100);
  }
  expect(side?.model()).toBeUndefined();
  expect(side?.status()).toEqual({ from: `Consul key ${KEY}`, state: "absent" });
  await side?.stop();
  expect(JSON.parse(readFileSync(join(dir, FILE), "utf8")).text).toBeNull();
});

test("an empty key, and one that holds something else, are mistakes of its manifest", async () => {
  await serve([value(1, null), value(2, "{}"), value(3, textOf(1000))]);
  const log = makeLog();
  const side = await open(makeTempDir(), { log });
  await until(() => side.status()?.state === "applied");
  const told = log.records.filter(({ level }) => level === "error").map(({ fields }) => fields?.reason);
  expect(told).toEqual([
    expect.stringContaining(`Consul key ${KEY}: got nothing`),
    expect.stringContaining(`Consul key ${KEY}: got stack outputs without a gateway`),
  ]);
});
