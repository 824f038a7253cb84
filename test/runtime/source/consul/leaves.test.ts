// Leaf certificates from a scripted Consul: pace, renewal, rotation, expiry, and what must not cross the network.
import type { WatchEvent } from "../../../../src/runtime/snapshot/state";
import { parseConsulAddress } from "../../../../src/runtime/source/consul/access";
import { errorOf } from "../../../../src/runtime/source/consul/errors";
import type { Answer, ConsulHttp } from "../../../../src/runtime/source/consul/http";
import { makeHttp1 } from "../../../../src/runtime/source/consul/http1";
import { type Leaves, startLeaves } from "../../../../src/runtime/source/consul/leaves";
import type { Query } from "../../../../src/runtime/source/consul/query";
import type { Server } from "../../../../src/runtime/source/consul/servers";
import { loadSigner, makeRoot, type Signer } from "../../../../src/runtime/source/local/x509";
import { type FakeClock, makeFakeClock, makeLog, settle, until } from "../support";

const HOUR_MS = 3_600_000;
let clock: FakeClock;
let root: { readonly pem: string; readonly signer: Signer };
let nextRoot: typeof root;
beforeAll(async () => {
  clock = makeFakeClock();
  const make = async () => {
    const { certPem, keyPem } = await makeRoot("td.consul", clock.now(), 9000 * HOUR_MS);
    return { pem: certPem, signer: await loadSigner(certPem, keyPem) };
  };
  [root, nextRoot] = await Promise.all([make(), make()]);
});
beforeEach(() => {
  clock = makeFakeClock();
});

async function leafAnswer(signer: Signer, index: number, ttlMs = 72 * HOUR_MS): Promise<FakeAnswer> {
  const uri = "spiffe://td.consul/ns/default/dc/dc1/svc/pay";
  const { certPem, keyPem } = await signer.sign(uri, clock.now(), ttlMs);
  return {
    index,
    body: { CertPEM: certPem, PrivateKeyPEM: keyPem, ServiceURI: uri, ModifyIndex: index, SerialNumber: "0e" },
  };
}

interface Seen {
  readonly leaves: Leaves;
  readonly requests: readonly Query[];
  readonly events: WatchEvent[];
}

interface FakeAnswer {
  readonly status?: number;
  readonly text?: string;
  readonly index?: number;
  readonly body?: unknown;
}

/** Leaves over a Consul that is one function. */
function start(
  answer: (query: Query) => FakeAnswer | Promise<FakeAnswer>,
  options: { readonly address?: string; readonly random?: number } = {},
): Seen {
  const name = options.address ?? "http://127.0.0.1:8500";
  const address = parseConsulAddress(name);
  if (!address.ok) throw new Error(name);
  const server: Server = { name, address: address.value, transport: makeHttp1(address.value), onGivenUp: new Set() };
  const requests: Query[] = [];
  const get = async (query: Query): Promise<Answer> => {
    requests.push(query);
    const { status = 200, text = "", index, body } = await answer(query);
    const error = errorOf(status, text);
    if (error !== undefined) throw error;
    return { index, body, filtered: false, server, waitMs: 0 };
  };
  const http: ConsulHttp = {
    get,
    read: async (query) => ({ ...(await get(query)), stale: false }),
    put: async () => undefined,
    post: async () => undefined,
    server: () => server,
    countWatch: () => undefined,
    isScarce: () => false,
    contact: () => ({ state: "connected" }),
    close: () => undefined,
  };
  const events: WatchEvent[] = [];
  const emit = (event: WatchEvent) => void events.push(event);
  const ports = { clock, random: () => options.random ?? 0, log: makeLog() };
  const leaves = startLeaves({ ...ports, http, emit, enterprise: false, allowPlaintext: false });
  return { leaves, requests, events };
}

const problems = ({ events }: Seen): string[] =>
  events.flatMap((event) => (event.kind === "problem" ? [event.reason] : []));
const got = ({ events }: Seen): number => events.filter(({ kind }) => kind === "leaf").length;

test("at most 20 are asked for at a time, each is handed on at once", async () => {
  const waiting: (() => void)[] = [];
  let most = 0;
  const seen = start(async () => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return leafAnswer(root.signer, 5);
  });
  seen.leaves.want(Array.from({ length: 50 }, (_each, at) => `service-${at}`));
  for (let done = 0; done < 50; done += 1) {
    const open = Math.min(20, 50 - done);
    await until(() => waiting.length === open);
    most = Math.max(most, waiting.length);
    await settle();
    waiting.shift()?.();
    await until(() => got(seen) === done + 1);
  }
  expect(most).toBe(20);
});

test.each([
  { random: 0, hours: 43.2 },
  { random: 0.999_999, hours: 57.6 },
])("renewed at $hours of 72 hours, with the old one until then", async ({ random, hours }) => {
  const seen = start((_request) => leafAnswer(root.signer, seen.requests.length), { random });
  seen.leaves.want(["pay"]);
  await until(() => got(seen) === 1);
  await settle();
  await clock.advance((hours - 0.1) * HOUR_MS);
  expect(seen.requests).toHaveLength(1);
  await clock.advance(0.2 * HOUR_MS);
  await until(() => got(seen) === 2);
  expect(seen.requests.map(({ index }) => index)).toEqual([undefined, undefined]);
  expect(problems(seen)).toEqual([]);
});

test("a leaf of the retired root is asked for until it comes, plainly at first, then blocking on its index", async () => {
  let next: FakeAnswer = await leafAnswer(root.signer, 5);
  const seen = start(() => next);
  seen.leaves.setSigners([root.pem]);
  seen.leaves.want(["pay"]);
  await until(() => got(seen) === 1);
  seen.leaves.setSigners([nextRoot.pem, root.pem]);
  await settle();
  expect(seen.requests).toHaveLength(1);
  seen.leaves.setSigners([nextRoot.pem]);
  await settle();
  await clock.advance(10_000);
  const asked = seen.requests.map(({ index }) => index);
  expect(asked.slice(0, 9)).toEqual([...Array.from({ length: 7 }, () => undefined), 5, 5]);
  expect(asked.length).toBeGreaterThan(9);
  expect(got(seen)).toBe(1);
  next = await leafAnswer(nextRoot.signer, 6);
  await clock.advance(2_000);
  await until(() => got(seen) === 2);
  const count = seen.requests.length;
  await clock.advance(HOUR_MS);
  expect(seen.requests).toHaveLength(count);
});

test("a refusal names the right, and the next try may succeed", async () => {
  let next: FakeAnswer = { status: 403, text: "Permission denied" };
  const seen = start(() => next);
  seen.leaves.want(["pay"]);
  await until(() => problems(seen).length === 1);
  expect(problems(seen)).toEqual(['leaf refused, token lacks service:write on "pay"']);
  next = await leafAnswer(root.signer, 5);
  await settle();
  await clock.advance(1_000);
  await until(() => got(seen) === 1);
});

test("an expired leaf is no leaf", async () => {
  const answer = await leafAnswer(root.signer, 5, HOUR_MS);
  clock.jump(2 * HOUR_MS);
  const seen = start(() => answer);
  seen.leaves.want(["pay"]);
  await settle();
  await until(() => seen.requests.length === 1);
  await clock.advance(1_000);
  expect(problems(seen)[0]).toMatch(/^leaf not known: Consul gave a leaf that expired on /);
  expect(got(seen)).toBe(0);
});

test("a failed renewal says until when the old leaf is good", async () => {
  let next: FakeAnswer = await leafAnswer(root.signer, 5);
  const seen = start(() => next);
  seen.leaves.want(["pay"]);
  await until(() => got(seen) === 1);
  next = { status: 403, text: "ACL not found" };
  await settle();
  await clock.advance(44 * HOUR_MS);
  await until(() => problems(seen).length > 0);
  expect(problems(seen)[0]).toBe(
    "renewal of the leaf, good until 2030-01-04T00:00:00.000Z, refused, the token is unknown to Consul: revoked or expired",
  );
});

test("a key never crosses the network in the clear", async () => {
  const seen = start(() => ({}), { address: "http://192.0.2.1:8500" });
  seen.leaves.want(["pay"]);
  await until(() => problems(seen).length === 1);
  expect(problems(seen)).toEqual([
    "leaf not known: a private key would cross the network in the clear from http://192.0.2.1:8500; use https",
  ]);
});

test("a service that is no longer wanted is forgotten, its late answer too", async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const seen = start(async () => {
    await held;
    return leafAnswer(root.signer, 5);
  });
  seen.leaves.want(["pay"]);
  await until(() => seen.requests.length === 1);
  seen.leaves.want([]);
  release();
  await settle();
  expect(seen.events).toEqual([]);
});
