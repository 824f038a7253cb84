// Instances of a service with subsets, from a scripted server: what is asked, and when it is told.
import { systemClock } from "../../../../src/runtime/ports";
import type { WatchEvent } from "../../../../src/runtime/snapshot/state";
import type { Selections } from "../../../../src/runtime/source/consul/decode/resolver";
import { makeConsulHttp } from "../../../../src/runtime/source/consul/http";
import { startInstances } from "../../../../src/runtime/source/consul/instances";
import { addressOf } from "../../../support/consul-events";
import { type FakeAnswer, type FakeConsul, startFakeConsul } from "../../../support/consul-fake";
import { makeLog, until } from "../support";

const PORT = 21_231;
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const entry = (id: string, Status = "passing") => ({
  Node: { Node: "n", Address: "10.0.0.1" },
  Service: { ID: id, Service: "web", Port: 80 },
  Checks: [{ Status }],
});
const read = (id: string, healthy = true) => ({
  ...{ id: `n/${id}`, address: "10.0.0.1", port: 80, weight: 1, healthy },
});

/** Answers by filter, once; later questions hang. A promise is an answer that comes later. */
async function start(
  selections: Selections,
  answers: Readonly<Record<string, FakeAnswer | Promise<FakeAnswer>>>,
): Promise<{ readonly events: readonly WatchEvent[]; readonly fake: FakeConsul }> {
  const fake = await startFakeConsul(PORT, ({ params }) =>
    params.has("index") ? "hang" : (answers[params.get("filter") ?? ""] ?? "hang"),
  );
  const events: WatchEvent[] = [];
  const ports = { clock: systemClock, random: Math.random, log: makeLog() };
  const http = makeConsulHttp({ addresses: [addressOf(fake.address)], token: () => undefined }, ports);
  const row = {
    service: { name: "web" },
    link: { name: "web", upstream: { mode: "plaintext" }, autoHostRewrite: true },
    isDestination: false,
  } as const;
  const stop = startInstances(
    { ...ports, http, enterprise: false, emit: (event) => events.push(event) },
    row,
    selections,
  );
  stops.push(fake.stop, () => http.close(), stop);
  return { events, fake };
}

const V1 = { name: "v1", filter: "is v1", onlyPassing: false };
const ALL = { filter: "", onlyPassing: false };

test("one watch per different filter; subsets of one filter may differ in what is healthy", async () => {
  const strict = { name: "strict", filter: "is v1", onlyPassing: true };
  const { events, fake } = await start(
    { unnamed: { filter: "is v1", onlyPassing: false }, subsets: [strict, V1] },
    { "is v1": { index: 5, body: [entry("a"), entry("b", "warning")] } },
  );
  await until(() => events.length > 0);
  const lenient = [read("a"), read("b")];
  expect(events).toEqual([
    {
      ...{ kind: "instances", service: "web", instances: lenient },
      subsets: [
        { name: "strict", instances: [read("a"), read("b", false)] },
        { name: "v1", instances: lenient },
      ],
    },
  ]);
  expect(new Set(fake.requests.map(({ params }) => params.get("filter")))).toEqual(new Set(["is v1"]));
});

test("nothing is told before every filter has answered", async () => {
  let answer: (answer: FakeAnswer) => void = () => undefined;
  const late = new Promise<FakeAnswer>((resolve) => {
    answer = resolve;
  });
  const { events, fake } = await start(
    { unnamed: ALL, subsets: [V1] },
    { "": { index: 5, body: [entry("a"), entry("b")] }, "is v1": late },
  );
  await until(() => fake.requests.some(({ params }) => params.has("index")));
  expect(events).toEqual([]);
  answer({ index: 5, body: [entry("a")] });
  await until(() => events.length > 0);
  expect(events).toEqual([
    {
      ...{ kind: "instances", service: "web", instances: [read("a"), read("b")] },
      subsets: [{ name: "v1", instances: [read("a")] }],
    },
  ]);
});

test("a filter that the server cannot evaluate leaves out its subset alone, and is said", async () => {
  const { events } = await start(
    { unnamed: ALL, subsets: [{ name: "bad", filter: "?!", onlyPassing: false }, V1] },
    {
      "": { index: 5, body: [entry("a")] },
      "is v1": { index: 5, body: [entry("a")] },
      "?!": { status: 400, text: "Failed to create boolean expression evaluator" },
    },
  );
  await until(() => events.some(({ kind }) => kind === "instances") && events.at(-1)?.kind === "problem");
  expect(events.find(({ kind }) => kind === "instances")).toEqual({
    ...{ kind: "instances", service: "web", instances: [read("a")] },
    subsets: [{ name: "v1", instances: [read("a")] }],
  });
  expect(events.at(-1)).toMatchObject({
    of: { kind: "instances", service: "web" },
    reason: expect.stringContaining('the filter "?!"'),
  });
});
