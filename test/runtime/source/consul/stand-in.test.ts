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
const leaf: KeptEvent = { kind: "leaf", service: "a", leaf: { certPem: "c", keyPem: "k", notAfterMs: 1 } };

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
  expect(emitted.slice(4)).toEqual([{ kind: "problem", of: { kind: "leaf", service: "a" }, reason: REASON }]);
});

test("everything stands in for a Consul that is away, with one word for all of it", async () => {
  start(roots, links, instances, leaf);
  await clock.advance(1_999);
  expect(emitted).toEqual([]);
  await clock.advance(1);
  const problem = { kind: "problem", of: { kind: "links" }, reason: REASON };
  expect(emitted).toEqual([roots, links, instances, leaf, problem]);
});

test("only what Consul has not told stands in, and says so itself", async () => {
  const { emit } = start(roots, links, instances);
  emit(roots);
  emit(links);
  await clock.advance(2_000);
  const problem = { kind: "problem", of: { kind: "instances", service: "a" }, reason: REASON };
  expect(emitted).toEqual([roots, links, instances, problem]);
});

test("nothing was kept, or nothing is missing: nothing is said", async () => {
  start();
  await clock.advance(2_000);
  start(roots).emit(roots);
  await clock.advance(2_000);
  expect(emitted).toEqual([roots]);
});
