// The last good state stands in for a Consul that is late: leaves at once when it is known who is linked, the rest after
// two seconds, each with a word that it is old, and nothing that Consul told itself.
import type { LinkedService, WatchEvent } from "../../../../src/runtime/snapshot/state";
import type { LastGood } from "../../../../src/runtime/source/consul/last-good";
import type { KeptEvent } from "../../../../src/runtime/source/consul/last-good-events";
import { type StandIn, startStandIn } from "../../../../src/runtime/source/consul/stand-in";
import { makeFakeClock, makeLog } from "../support";

const FROM = "2030-01-01T00:00:00.000Z";
const REASON = `Consul has not told it since the start: last good state of ${FROM}`;
const link: LinkedService = { name: "a", upstream: { mode: "plaintext" }, autoHostRewrite: true };
const roots: KeptEvent = { kind: "roots", bundle: { trustDomain: "t.consul", roots: ["r\n"] } };
const links: KeptEvent = { kind: "links", links: [link] };
const instances: KeptEvent = { kind: "instances", service: "a", instances: [] };
const notAfterMs = Date.parse("2030-01-01T01:00:00.000Z");
const leaf: KeptEvent = { kind: "leaf", service: "a", leaf: { certPem: "c", keyPem: "k", notAfterMs } };
const leafProblem = (how: string) => ({
  ...{ kind: "problem", of: { kind: "leaf", service: "a" } },
  reason: `Consul has not given a leaf since the start: last good state of ${FROM}, ${how} 2030-01-01T01:00:00.000Z`,
});

/** What an earlier life left: `kept`, until it is told. */
function lastGoodOf(...kept: KeptEvent[]): LastGood {
  let left = kept;
  return {
    ...{ datacenter: "dc1", savedAtMs: Date.parse(FROM), close: () => Promise.resolve() },
    note(event) {
      left = left.filter(({ kind }) => kind !== event.kind);
    },
    missing: () => left,
  };
}

const clock = makeFakeClock();
let emitted: WatchEvent[] = [];
let standIn: StandIn | undefined;
const start = (...kept: KeptEvent[]): StandIn => {
  emitted = [];
  const emit = (event: WatchEvent): void => void emitted.push(event);
  standIn = startStandIn({ lastGood: lastGoodOf(...kept), emit, clock, log: makeLog() });
  return standIn;
};
afterEach(() => standIn?.stop());

test("a leaf is there as soon as Consul names its service, and once only", async () => {
  const { emit } = start(roots, links, leaf);
  emit(roots);
  expect(emitted).toEqual([roots]);
  emit(links);
  emit(links);
  expect(emitted).toEqual([roots, links, leaf, links]);
  await clock.advance(2_000);
  expect(emitted.slice(4)).toEqual([leafProblem("good until")]);
});

test("everything stands in for a Consul that is away, with one word for all of it and one for each leaf", async () => {
  start(roots, links, instances, leaf);
  await clock.advance(1_999);
  expect(emitted).toEqual([]);
  await clock.advance(1);
  const problem = { kind: "problem", of: { kind: "links" }, reason: REASON };
  expect(emitted).toEqual([roots, links, instances, leaf, problem, leafProblem("good until")]);
});

test("only what Consul has not told stands in, and says so itself", async () => {
  const { emit } = start(roots, links, instances);
  emit(roots);
  emit(links);
  await clock.advance(2_000);
  const problem = { kind: "problem", of: { kind: "instances", service: "a" }, reason: REASON };
  expect(emitted).toEqual([roots, links, instances, problem]);
});

test("it says of when that is, and since when it serves, until Consul has told all but leaves", async () => {
  const { emit, serves } = start(roots, links, instances, leaf);
  expect(serves()).toBeUndefined();
  const sinceMs = clock.now() + 2_000;
  await clock.advance(5_000);
  expect(serves()).toEqual({ ofMs: Date.parse(FROM), sinceMs });
  emit(roots);
  expect(serves()).toEqual({ ofMs: Date.parse(FROM), sinceMs });
  // Unlinked: what is kept of it stands for nothing.
  emit({ kind: "links", links: [] });
  expect(serves()).toBeUndefined();
});

test("why Consul does not tell something is said beside what serves in its place, and alone from then on", async () => {
  const { emit } = start(links);
  await clock.advance(2_000);
  const problem = (reason: string): WatchEvent => ({ kind: "problem", of: { kind: "links" }, reason });
  emit(problem("away"));
  emit(links);
  emit(problem("away"));
  expect(emitted.slice(2)).toEqual([problem(`away; last good state of ${FROM}`), links, problem("away")]);
});

test("a leaf that nobody renews is told when it ends", async () => {
  const fresh = {
    kind: "leaf",
    service: "a",
    leaf: { certPem: "d", keyPem: "l", notAfterMs: notAfterMs * 2 },
  } as const;
  const { emit } = start(links, leaf);
  await clock.advance(notAfterMs - clock.now() - 1);
  expect(emitted.slice(3)).toEqual([leafProblem("good until")]);
  await clock.advance(60_000);
  expect(emitted.slice(4)).toEqual([leafProblem("expired")]);
  emit(fresh);
  await clock.advance(120_000);
  expect(emitted.slice(5)).toEqual([fresh]);
});

test("nothing was kept, or nothing is missing: nothing is said", async () => {
  start();
  await clock.advance(2_000);
  start(roots).emit(roots);
  await clock.advance(2_000);
  expect(emitted).toEqual([roots]);
});
