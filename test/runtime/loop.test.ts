// The loop with a clock that only moves when told: what is published when, what is kept, and what is said.
import { type Loop, startLoop } from "../../src/runtime/loop";
import type { Fields, Logger } from "../../src/runtime/ports";
import type { MaterialKey, WatchEvent } from "../../src/runtime/snapshot/state";
import type { Change } from "../../src/runtime/xds/resource";
import { CA_KEY, events, link, makePki, NOW_MS, type Pki } from "./snapshot/support/complete";
import { type FakeClock, makeFakeClock, settle } from "./source/support";

let pki: Pki;
let all: readonly WatchEvent[];
beforeAll(async () => {
  pki = await makePki();
  all = await events(pki);
});

let clock: FakeClock;
let loop: Loop;
let published: Change[];
let watched: (readonly MaterialKey[])[];
let saved: Readonly<Record<string, number>>[];
let lines: string[];
beforeEach(() => {
  clock = makeFakeClock(NOW_MS);
  [published, watched, saved, lines] = [[], [], [], []];
  const say =
    (level: string) =>
    (message: string, fields?: Fields): void =>
      void lines.push(`${level} ${message} ${fields?.service ?? ""} ${fields?.reason ?? ""}`.trim());
  const log: Logger = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  loop = startLoop({
    clock,
    log,
    publish: (change) => published.push(change),
    watchMaterials: (keys) => watched.push(keys),
    saveRevocations: (next) => saved.push(next),
  });
});
afterEach(() => loop.stop());

const post = async (...list: readonly WatchEvent[]): Promise<void> => {
  for (const event of list) loop.post(event);
  await clock.advance(20);
};
const intentions = (...sources: string[]): WatchEvent => ({
  kind: "intentions",
  service: "billing",
  set: { intentions: sources.map((source) => ({ source, action: "allow", precedence: 9 })), defaultAction: "deny" },
});
const names = (change: Change | undefined): string[] => (change?.upserted ?? []).map(({ name }) => name).sort();

test("what comes together is published together, each resource once", async () => {
  await post(...all);
  expect(published).toHaveLength(1);
  expect(names(published[0])).toEqual([
    "billing.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul",
    "billing.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul",
    "ca//etc/ca.pem",
    "default:127.0.0.1:8443",
    "in-billing",
    "intent/billing",
    "leaf/billing",
    "mesh-identity",
    "to-billing.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul",
  ]);
  expect(watched).toEqual([[CA_KEY]]);
  expect(loop.status()).toEqual([{ name: "billing", state: "ready" }]);
  expect(lines).toEqual(["info service ready billing"]);
});

test("a lone event is handled at once, the next ones after 20 ms, also where the clock was set back", async () => {
  await post(...all);
  await clock.advance(1000);
  published.length = 0;
  loop.post(intentions("web", "a"));
  await clock.advance(0);
  expect(names(published[0])).toEqual(["intent/billing"]);
  clock.jump(-3_600_000);
  loop.post(intentions("web", "a", "b"));
  await clock.advance(19);
  expect(published).toHaveLength(1);
  await clock.advance(1);
  expect(published).toHaveLength(2);
});

test("the same again publishes nothing", async () => {
  await post(...all);
  await post(...all);
  expect(published).toHaveLength(1);
});

test("a service that waits again goes on being served, and says why", async () => {
  await post(...all);
  const other = { mode: "tls", caFile: "/etc/other.pem", insecureSkipVerify: false } as const;
  await post({ kind: "links", links: [link("billing", other)] });
  expect(published.slice(1).flatMap(({ removed }) => removed.map(({ name }) => name))).toEqual(["ca//etc/ca.pem"]);
  expect(loop.status()).toEqual([
    { name: "billing", state: "ready", reason: "certificate file not read yet: /etc/other.pem" },
  ]);
  expect(watched.at(-1)).toEqual([{ kind: "ca", caFile: "/etc/other.pem" }]);
});

test("an unlinked service goes with all that is its own", async () => {
  await post(...all);
  await post({ kind: "links", links: [] });
  expect(published[1]?.removed.map(({ name }) => name)).toHaveLength(7);
  expect([...loop.store.names("listener")]).toEqual(["default:127.0.0.1:8443"]);
  expect(loop.status()).toEqual([]);
});

test("a revocation is counted and kept, a grant is not", async () => {
  await post(...all);
  await post(intentions("web", "batch"));
  expect(saved).toEqual([]);
  await post(intentions("batch"));
  expect(saved).toEqual([{ billing: 1 }]);
});

test("what Envoy refuses is said of its service until the content changes", async () => {
  await post(...all);
  loop.refused([{ type: "listener", name: "in-billing" }], "no such filter");
  expect(loop.status()).toEqual([{ name: "billing", state: "ready", reason: "Envoy refused it: no such filter" }]);
  await post(intentions("web", "batch"));
  expect(loop.status()).toEqual([{ name: "billing", state: "ready" }]);
});

test("what a new service waits for is worth a line when it has failed", async () => {
  await post(...all.filter(({ kind }) => !["leaf", "instances"].includes(kind)));
  await post(...all.filter(({ kind }) => kind === "instances"));
  const problem = { kind: "problem", of: { kind: "leaf", service: "billing" }, reason: "refused" } as const;
  await post(problem);
  expect(lines).toEqual([
    "debug service waits billing instances are not known yet",
    "debug service waits billing leaf certificate not issued yet",
    "warn service waits billing leaf certificate not issued yet: refused",
  ]);
});

describe("settled", () => {
  const watch = (promise: Promise<void>): (() => Promise<boolean>) => {
    let isDone = false;
    void promise.then(() => {
      isDone = true;
    });
    return async () => {
      await settle();
      return isDone;
    };
  };

  test("when every service is ready", async () => {
    const isSettled = watch(loop.settled(60_000));
    await post(...all.filter(({ kind }) => kind !== "leaf"));
    expect(await isSettled()).toBe(false);
    await post(...all.filter(({ kind }) => kind === "leaf"));
    expect(await isSettled()).toBe(true);
  });

  test("begun already when one of several is ready", async () => {
    const [isBegun, isSettled] = [watch(loop.begun(60_000)), watch(loop.settled(60_000))];
    await post(...all.filter(({ kind }) => kind !== "leaf"));
    expect(await isBegun()).toBe(false);
    const links = all.flatMap((event) => (event.kind === "links" ? event.links : []));
    await post(...all.filter(({ kind }) => kind === "leaf"), { kind: "links", links: [...links, link("other")] });
    expect(await isBegun()).toBe(true);
    expect(await isSettled()).toBe(false);
  });

  test("when what is missing has failed", async () => {
    const isSettled = watch(loop.settled(60_000));
    await post(...all.filter(({ kind }) => kind !== "material"));
    expect(await isSettled()).toBe(false);
    await post({ kind: "problem", of: { kind: "material", material: CA_KEY }, reason: "no such file" });
    expect(await isSettled()).toBe(true);
  });

  test("when the time is up", async () => {
    const isSettled = watch(loop.settled(500));
    await clock.advance(499);
    expect(await isSettled()).toBe(false);
    await clock.advance(1);
    expect(await isSettled()).toBe(true);
  });
});
