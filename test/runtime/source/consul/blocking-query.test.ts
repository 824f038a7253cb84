// Blocking queries against a scripted server: index rules, errors, fail-over.

import { systemClock } from "../../../../src/runtime/ports";
import { nextIndex, startBlockingQuery } from "../../../../src/runtime/source/consul/blocking-query";
import { type ConsulHttp, makeConsulHttp } from "../../../../src/runtime/source/consul/http";
import { addressOf } from "../../../support/consul-events";
import { type FakeAnswer, type FakeConsul, type FakeRequest, startFakeConsul } from "../../../support/consul-fake";
import { type FakeClock, makeFakeClock, makeLog, settle, until } from "../support";

const PORT = 21_200;
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

type Script = (request: FakeRequest, at: number) => FakeAnswer | "hang" | "cut";

/** Answers by the number of the request, starting with 0. */
async function fake(script: Script, port = PORT): Promise<FakeConsul> {
  let at = 0;
  const consul = await startFakeConsul(port, (request) =>
    request.path === "/v1/status/leader" ? { body: "leader" } : script(request, at++),
  );
  stops.push(consul.stop);
  return consul;
}

function watch(http: ConsulHttp, clock = systemClock): { readonly answers: unknown[]; readonly problems: string[] } {
  const seen = { answers: [] as unknown[], problems: [] as string[] };
  stops.push(
    startBlockingQuery(
      http,
      { clock, random: () => 0 },
      {
        ...{ path: "/v1/thing", what: "thing", right: 'thing:read on "x"' },
        decode: (body) => body ?? "absent",
        onAnswer: ({ value }) => seen.answers.push(value),
        onProblem: (reason) => seen.problems.push(reason),
      },
    ),
  );
  return seen;
}

function open(addresses: readonly string[], clock = systemClock, log = makeLog()): ConsulHttp {
  const access = { addresses: addresses.map(addressOf), token: () => "secret-token", datacenter: "dc1" };
  const http = makeConsulHttp(access, { clock, random: () => 0, log });
  stops.push(http.close);
  return http;
}

const indexes = ({ requests }: FakeConsul): (string | null)[] => requests.map(({ params }) => params.get("index"));

test.each([
  [0, 5, 5],
  [5, 5, 5],
  [5, 9, 9],
  [9, 5, 0],
  [5, 0, 0],
  [5, -1, 0],
  [5, Number.NaN, 0],
  [5, undefined, 0],
])("after index %p an answer with %p is followed by %p", (last, got, next) => {
  expect(nextIndex(last, got)).toBe(next);
});

test("the first question has no index, the next blocks on the answer's, with token and datacenter", async () => {
  const consul = await fake((_request, at) => (at === 0 ? { index: 7, body: "a" } : "hang"));
  const seen = watch(open([consul.address]));
  await until(() => consul.requests.length === 2);
  expect(seen.answers).toEqual(["a"]);
  const [first, second] = consul.requests;
  expect(first?.params.toString()).toBe("dc=dc1");
  expect(second?.params.toString()).toBe("dc=dc1&index=7&wait=60000ms");
  expect(first?.token).toBe("secret-token");
});

/** Time passes until so many questions were asked. */
async function untilAsked(consul: FakeConsul, count: number, clock: FakeClock, stepMs = 50): Promise<void> {
  for (let step = 0; consul.requests.length < count && step < 1000; step += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    await clock.advance(stepMs);
  }
  await until(() => consul.requests.length >= count);
}

test("an index that goes backwards is dropped, and what came with it is not believed while it rises", async () => {
  const script: Script = (_request, at) =>
    [
      { index: 9, body: "whole" },
      { index: 4, body: "empty" },
      { index: 6, body: "half" },
      { index: 9, body: "whole" },
      { index: 10, body: "new" },
    ][at] ?? "hang";
  const consul = await fake(script);
  const clock = makeFakeClock();
  const seen = watch(open([consul.address], clock), clock);
  await untilAsked(consul, 6, clock);
  expect(indexes(consul)).toEqual([null, "9", null, null, "9", "10"]);
  expect(seen).toEqual({ answers: ["whole", "new"], problems: [] });
});

test("a lower index that stays is a restored snapshot", async () => {
  const consul = await fake((_request, at) => (at === 0 ? { index: 9, body: "a" } : { index: 4, body: "restored" }));
  const clock = makeFakeClock();
  const seen = watch(open([consul.address], clock), clock);
  for (let ms = 0; seen.answers.length < 2 && ms < 30_000; ms += 250) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.advance(250);
    if (ms < 14_000) expect(seen.answers.length).toBeLessThan(2);
  }
  expect(seen).toEqual({ answers: ["a", "restored"], problems: [] });
});

test("an early return with the index that was sent is read anew without one", async () => {
  const script: Script = (_request, at) =>
    [
      { index: 9, body: "a" },
      { index: 9, body: "a" },
      { index: 9, body: "b" },
    ][at] ?? "hang";
  const consul = await fake(script);
  const seen = watch(open([consul.address]));
  await until(() => consul.requests.length === 4);
  expect(indexes(consul)).toEqual([null, "9", null, "9"]);
  expect(seen.answers).toEqual(["a", "b"]);
});

test("a return with equal content is no change", async () => {
  const consul = await fake((_request, at) => (at < 4 ? { index: 9 + at, body: { a: 1 } } : "hang"));
  const seen = watch(open([consul.address]));
  await until(() => consul.requests.length === 5);
  expect(seen.answers).toEqual([{ a: 1 }]);
});

test("absence is an answer that can be waited on", async () => {
  const script: Script = (_request, at) =>
    [
      { status: 404, index: 5, text: "Config entry not found" },
      { index: 6, body: "here" },
    ][at] ?? "hang";
  const consul = await fake(script);
  const seen = watch(open([consul.address]));
  await until(() => consul.requests.length === 3);
  expect(seen).toEqual({ answers: ["absent", "here"], problems: [] });
  expect(indexes(consul)).toEqual([null, "5", "6"]);
});

test("nonsense is told at once, and the value again when it is over", async () => {
  const script: Script = (_request, at) =>
    [{ index: 5, text: '{"cut' }, "cut" as const, { index: 5, body: "a" }][at] ?? "hang";
  const consul = await fake(script);
  const seen = watch(open([consul.address]));
  await until(() => consul.requests.length === 4);
  expect(seen.answers).toEqual(["a"]);
  expect(seen.problems[0]).toBe(
    "thing not known: Consul's answer is not JSON: cut off, or something else answers at its address",
  );
  expect(seen.problems[1]).toContain("cannot be reached");
});

test("an answer that is equal to the last one before the problem is told again", async () => {
  const script: Script = (_request, at) =>
    [
      { index: 5, body: "a" },
      { status: 403, text: "Permission denied" },
      { index: 5, body: "a" },
    ][at] ?? "hang";
  const consul = await fake(script);
  const seen = watch(open([consul.address]));
  await until(() => consul.requests.length === 4);
  expect(seen).toEqual({ answers: ["a", "a"], problems: ['thing refused, token lacks thing:read on "x"'] });
});

test("without a leader any server's data serves, and the leader is asked again afterwards", async () => {
  const script: Script = (_request, at) =>
    [
      { status: 500, text: "No cluster leader" },
      { index: 5, body: "a" },
      { index: 6, body: "b" },
    ][at] ?? "hang";
  const consul = await fake(script);
  const seen = watch(open([consul.address]));
  await until(() => consul.requests.length === 4);
  expect(seen).toEqual({ answers: ["a", "b"], problems: [] });
  expect(consul.requests.map(({ params }) => params.has("stale"))).toEqual([false, true, true, false]);
});

test("being throttled once is no problem, twice is", async () => {
  const consul = await fake((_request, at) => (at < 2 ? { status: 429, text: "Your IP is issuing too many" } : "hang"));
  const clock = makeFakeClock();
  const seen = watch(open([consul.address], clock), clock);
  await until(() => consul.requests.length === 1);
  await settle();
  await clock.advance(499);
  expect(consul.requests).toHaveLength(1);
  await clock.advance(1);
  await until(() => seen.problems.length === 1);
  expect(seen.problems).toEqual(["thing not known: Consul answered 429: Your IP is issuing too many"]);
});

test("an endpoint without index is polled", async () => {
  const consul = await fake((_request, at) => ({ body: at }));
  const clock = makeFakeClock();
  const seen = watch(open([consul.address], clock), clock);
  await clock.advance(0);
  await until(() => seen.answers.length === 1);
  await settle();
  await clock.advance(3_700);
  expect(consul.requests).toHaveLength(1);
  await clock.advance(100);
  await until(() => seen.answers.length === 2);
});

test("a server that stops answering is given up within seconds, and the next one read from the start", async () => {
  const dark = await startFakeConsul(PORT, (request) =>
    request.params.has("index") || request.path !== "/v1/thing" ? "hang" : { index: 90, body: "a" },
  );
  stops.push(dark.stop);
  const light = await fake((_request, at) => (at === 0 ? { index: 91, body: "b" } : "hang"), PORT + 1);
  const clock = makeFakeClock();
  const log = makeLog();
  const seen = watch(open([dark.address, light.address], clock, log), clock);
  await until(() => seen.answers.length === 1);
  await clock.advance(0);
  await until(() => dark.requests.length === 2);
  // The probe is sent, and its limit passes.
  await clock.advance(5_000);
  await clock.advance(3_000);
  await until(() => log.records.length === 1);
  await settle();
  await clock.advance(100);
  await until(() => seen.answers.length === 2);
  expect(seen).toEqual({ answers: ["a", "b"], problems: [] });
  expect(indexes(light)[0]).toBeNull();
  expect(log.records.map(({ message }) => message)).toEqual(["Consul server given up"]);
});

test("a server that refuses connections is passed over", async () => {
  const consul = await fake((_request, at) => (at === 0 ? { index: 3, body: "a" } : "hang"), PORT + 1);
  const seen = watch(open([`http://127.0.0.1:${PORT}`, consul.address]));
  await until(() => seen.answers.length === 1);
  expect(seen.problems).toEqual([]);
});

test("more watches than connections: few connections, everyone's turn, and a word about it", async () => {
  const consul = await startFakeConsul(PORT, async ({ path, params }) => {
    if (!params.has("index")) return { index: 5, body: path };
    await new Promise((resolve) => setTimeout(resolve, Number.parseInt(params.get("wait") ?? "", 10) / 50));
    return { index: 6, body: path };
  });
  stops.push(consul.stop);
  const log = makeLog();
  const http = open([consul.address], systemClock, log);
  const turns = new Set<string>();
  for (let at = 0; at < 300; at += 1) {
    stops.push(
      startBlockingQuery(
        http,
        { clock: systemClock, random: () => 0 },
        {
          ...{ path: `/v1/thing/${at}`, what: "thing", right: "none" },
          decode: (body) => body,
          onAnswer: ({ value }) => turns.add(String(value)),
          onProblem: (reason) => turns.add(reason),
        },
      ),
    );
  }
  const asked = (): number =>
    new Set(consul.requests.filter(({ params }) => params.has("index")).map(({ path }) => path)).size;
  await until(() => asked() === 300);
  expect(turns.size).toBe(300);
  expect([...turns].every((turn) => turn.startsWith("/v1/thing/"))).toBe(true);
  expect(consul.mostConnections()).toBeLessThanOrEqual(128);
  // 96 of 300 at a time, all within ten seconds.
  expect(consul.requests.findLast(({ params }) => params.has("wait"))?.params.get("wait")).toBe("3200ms");
  expect(log.records.map(({ message }) => message)).toEqual(["more watches than connections to Consul"]);
});
