// The last good state on disk: what is kept, when, what stands in, and what is not believed.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState } from "../../../../src/runtime/persist";
import type { LinkedService, WatchEvent } from "../../../../src/runtime/snapshot/state";
import { type LastGood, openLastGood } from "../../../../src/runtime/source/consul/last-good";
import { makeFakeClock, makeLog, makeTempDir } from "../support";

const link = (name: string): LinkedService => ({ name, upstream: { mode: "plaintext" }, autoHostRewrite: true });
const roots: WatchEvent = { kind: "roots", bundle: { trustDomain: "t.consul", roots: ["r\n"] } };
const links = (...names: string[]): WatchEvent => ({ kind: "links", links: names.map(link) });
const intentions = (service: string, action: "allow" | "deny"): WatchEvent => ({
  kind: "intentions",
  service,
  set: { intentions: [{ source: "web", action, precedence: 9 }], defaultAction: "deny" },
});
const leaf = (service: string): WatchEvent => ({
  kind: "leaf",
  service,
  leaf: { certPem: "c", keyPem: "k", notAfterMs: 1 },
});
const identity: WatchEvent = { kind: "identity", identity: { name: "egress", datacenter: "dc1", binds: [] } };

const clock = makeFakeClock();
const log = makeLog();
const open = async (dir: string): Promise<LastGood> => openLastGood({ state: await openState(dir), clock, log });
const tell = (lastGood: LastGood, ...events: WatchEvent[]): void => {
  for (const event of events) lastGood.note(event);
};

test("what an earlier life was told stands in for what this one was not, in an order that can be played back", async () => {
  const dir = makeTempDir();
  const first = await open(dir);
  expect([first.datacenter, first.missing()]).toEqual([undefined, []]);
  const told = [leaf("a"), intentions("a", "allow"), links("a", "b"), roots, leaf("b")];
  tell(first, identity, links("a", "b"), ...told);
  await first.close();
  const modes = readdirSync(dir).map((name) => [name, statSync(join(dir, name)).mode & 0o777]);
  expect(Object.fromEntries(modes)).toEqual({ "last-good.json": 0o600, "last-good-leaves.json": 0o600 });

  const second = await open(dir);
  expect(second.datacenter).toBe("dc1");
  expect(second.savedAtMs).toBe(clock.now());
  expect(second.missing()).toEqual([roots, links("a", "b"), intentions("a", "allow"), leaf("a"), leaf("b")]);
  tell(second, roots, intentions("a", "deny"));
  expect(second.missing()).toEqual([links("a", "b"), leaf("a"), leaf("b")]);
  // A service that is no longer linked is not brought back, nor is its key kept.
  tell(second, links("b"));
  expect(second.missing()).toEqual([leaf("b")]);
  await second.close();
  expect(readFileSync(join(dir, "last-good-leaves.json"), "utf8")).not.toContain('"a"');
  expect((await open(dir)).missing()).toEqual([roots, links("b"), leaf("b")]);
});

test("who may connect is on disk within a second, renewed leaves within fifteen", async () => {
  const dir = makeTempDir();
  const lastGood = await open(dir);
  const onDisk = (): string =>
    readdirSync(dir)
      // A file that is still being written has a name of its own, and may be gone when it is looked at.
      .filter((name) => name.endsWith(".json"))
      .map((name) => readFileSync(join(dir, name), "utf8"))
      .join();
  const seen = async (text: string): Promise<boolean> => {
    // The file is written by real means while the clock is ours.
    for (let turn = 0; turn < 1000 && !onDisk().includes(text); turn += 1)
      await new Promise((next) => setTimeout(next, 10));
    return onDisk().includes(text);
  };
  tell(lastGood, links("a"), leaf("a"));
  await clock.advance(999);
  expect(onDisk()).toBe("");
  await clock.advance(1);
  expect(await seen('"links"')).toBe(true);
  tell(lastGood, { kind: "leaf", service: "a", leaf: { certPem: "renewed", keyPem: "k", notAfterMs: 2 } });
  await clock.advance(14_999);
  expect(onDisk()).not.toContain("renewed");
  await clock.advance(1);
  expect(await seen("renewed")).toBe(true);
  await lastGood.close();
});

test.each([
  ["what another version wrote", JSON.stringify({ version: "0.0.0", datacenter: "dc9", savedAtMs: 1, events: [] }), 0],
  ["a cut file", '{"version":', 1],
  ["an event of an unknown kind", undefined, 1],
])("%s is not believed", async (_name, text, warnings) => {
  const dir = makeTempDir();
  const first = await open(dir);
  tell(first, roots);
  await first.close();
  const path = join(dir, "last-good.json");
  writeFileSync(path, text ?? readFileSync(path, "utf8").replace('"roots"', '"routes"'));
  const before = log.records.length;
  const second = await open(dir);
  expect([second.datacenter, second.missing()]).toEqual([undefined, []]);
  expect(log.records.slice(before).map(({ message }) => message)).toEqual(
    Array.from({ length: warnings }, () => "last good state not read"),
  );
});
