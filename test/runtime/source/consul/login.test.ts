// Logging in with a scripted server and a clock of the test: when it renews, what it does with old tokens, how it fails.

import { makeConsulHttp } from "../../../../src/runtime/source/consul/http";
import type { Login } from "../../../../src/runtime/source/consul/login";
import { makeLogin } from "../../../../src/runtime/source/consul/login";
import { addressOf } from "../../../support/consul-events";
import { type FakeAnswer, type FakeConsul, type FakeRequest, startFakeConsul } from "../../../support/consul-fake";
import { type FakeClock, makeFakeClock, makeLog, until } from "../support";

const PORT = 21_240;
const MINUTE = 60_000;
const UNKNOWN: FakeAnswer = { status: 403, text: "ACL not found" };

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

type Answer = FakeAnswer | "hang" | "cut";

/** Grants `secret-1`, `secret-2`, … unless `script` answers; knows them all. Its clock is an hour ahead. */
async function server(
  options: {
    readonly lifeMs?: number;
    readonly script?: (request: FakeRequest, logins: number) => Answer | undefined;
    readonly port?: number;
  } = {},
): Promise<FakeConsul & { logins(): number; logouts(): (string | undefined)[] }> {
  const { lifeMs, script, port = PORT } = options;
  let logins = 0;
  const fake = await startFakeConsul(port, (request) => {
    if (request.path === "/v1/acl/login") logins += 1;
    const told = script?.(request, logins);
    if (told !== undefined) return told;
    if (request.path !== "/v1/acl/login") return { body: true };
    const made = Date.UTC(2030, 0, 1, 1);
    const ends = lifeMs === undefined ? {} : { ExpirationTime: new Date(made + lifeMs).toISOString() };
    const CreateTime = new Date(made).toISOString();
    return { body: { SecretID: `secret-${logins}`, AccessorID: `accessor-${logins}`, CreateTime, ...ends } };
  });
  stops.push(fake.stop);
  return {
    ...fake,
    logins: () => logins,
    logouts: () => fake.requests.filter(({ path }) => path === "/v1/acl/logout").map(({ token }) => token),
  };
}

function start(
  options: {
    readonly addresses?: readonly string[];
    readonly bearer?: () => Promise<string>;
    readonly random?: number;
  } = {},
): { readonly login: Login; readonly clock: FakeClock; readonly log: ReturnType<typeof makeLog> } {
  const clock = makeFakeClock();
  const log = makeLog();
  const { addresses = [`http://127.0.0.1:${PORT}`], bearer = async () => "bearer", random = 0 } = options;
  const login = makeLogin({
    access: { addresses: addresses.map(addressOf), datacenter: "dc1" },
    ...{ method: "workload", namespace: "platform", meta: { pod: "a" }, clock, random: () => random, log },
    bearer: async () => ({ token: await bearer(), secrets: ["key-1"] }),
  });
  stops.push(login.stop);
  return { login, clock, log };
}

/** Lets the clock run until it is so: answers come in real time. */
async function later(clock: FakeClock, test: () => boolean, stepMs = 250): Promise<void> {
  for (let step = 0; !test(); step += 1) {
    if (step > 200) throw new Error("not so in time");
    await clock.advance(stepMs);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("one login for all who wait, with bearer token, meta and place of the method", async () => {
  const consul = await server({ lifeMs: MINUTE });
  const { login, log } = start();
  expect(login.status()).toEqual({ state: "waiting" });
  expect(await Promise.all([login.token(), login.token(), login.token()])).toEqual(Array(3).fill("secret-1"));
  expect(login.token()).toBe("secret-1");
  expect(consul.logins()).toBe(1);
  const [asked] = consul.requests;
  expect(asked).toMatchObject({ path: "/v1/acl/login", token: undefined });
  expect(JSON.parse(asked?.body ?? "")).toEqual({ AuthMethod: "workload", BearerToken: "bearer", Meta: { pod: "a" } });
  expect(Object.fromEntries(asked?.params ?? [])).toEqual({ dc: "dc1", ns: "platform" });
  // A minute from now by our clock, whatever the server's says.
  expect(login.status()).toEqual({ state: "logged in", until: "2030-01-01T00:01:00.000Z" });
  expect(JSON.stringify(log.records)).toContain("accessor-1");
  expect(JSON.stringify(log.records)).not.toMatch(/secret-|bearer"/);
});

test.each([
  [0, 36_000],
  [0.5, 42_000],
  [0.999_999_999, 48_000],
])("renewed at 60 to 80 percent of its life, at random: %p is %p ms of a minute", async (random, dueMs) => {
  const bearers = ["first", "second"];
  const consul = await server({ lifeMs: MINUTE });
  const { login, clock } = start({ bearer: async () => bearers.shift() ?? "", random });
  await login.token();
  await clock.advance(dueMs - 1);
  expect(consul.logins()).toBe(1);
  await clock.advance(1);
  await until(() => login.token() === "secret-2");
  const sent = consul.requests.filter(({ path }) => path === "/v1/acl/login").map(({ body }) => JSON.parse(body));
  expect(sent.map(({ BearerToken }) => BearerToken)).toEqual(["first", "second"]);
});

test("a machine that slept renews when it wakes", async () => {
  await server({ lifeMs: 100 * MINUTE });
  const { login, clock } = start();
  await login.token();
  clock.jump(61 * MINUTE);
  await clock.advance(MINUTE);
  await until(() => login.token() === "secret-2");
});

test("the old token is used until Consul knows the new one", async () => {
  let misses = 3;
  const consul = await server({
    lifeMs: MINUTE,
    script: ({ path, token }) =>
      path === "/v1/acl/token/self" && token === "secret-2" && misses-- > 0 ? UNKNOWN : undefined,
  });
  const { login, clock } = start();
  await login.token();
  await clock.advance(36_000);
  await until(() => consul.requests.some(({ token }) => token === "secret-2"));
  expect(login.token()).toBe("secret-1");
  await later(clock, () => login.token() === "secret-2");
  expect(misses).toBe(-1);
});

test("a token without an end is renewed when Consul does not know it any more, once, and not at once after a login", async () => {
  const consul = await server();
  const { login, clock } = start();
  await login.token();
  expect(login.status()).toEqual({ state: "logged in" });
  await clock.advance(48 * 60 * MINUTE);
  expect(consul.logins()).toBe(1);
  for (let at = 0; at < 50; at += 1) login.refused("secret-1");
  login.refused("another");
  expect(login.status().reason).toBe("the token is unknown to Consul: revoked or expired");
  await until(() => login.token() === "secret-2");
  expect(login.status()).toEqual({ state: "logged in" });
  login.refused("secret-1");
  login.refused("secret-2");
  await clock.advance(9_000);
  expect(consul.logins()).toBe(2);
  await later(clock, () => login.token() === "secret-3", 100);
  expect(consul.logins()).toBe(3);
});

test("a refusal is told to those who wait, tried again after longer and longer, and said once", async () => {
  const consul = await server({
    script: ({ path }, logins) =>
      path === "/v1/acl/login" && logins < 4 ? { status: 403, text: 'no: "bearer" of key-1' } : undefined,
  });
  const { login, clock, log } = start();
  const reason = 'auth method "workload": Consul answered 403: no: "…" of …';
  await expect(login.token()).rejects.toMatchObject({ category: "loggedOut", message: `not logged in: ${reason}` });
  expect(login.status()).toEqual({ state: "waiting", reason });
  const tries: number[] = [];
  const ask = async (): Promise<string> => login.token();
  const next = ask().catch(ask).catch(ask);
  const startedMs = clock.now();
  await later(
    clock,
    () => {
      if (consul.logins() > tries.length + 1) tries.push(clock.now() - startedMs);
      return tries.length === 3;
    },
    100,
  );
  expect(await next).toBe("secret-4");
  const [first = 0, second = 0, third = 0] = tries;
  expect([first, second - first, third - second].map((ms) => Math.round(ms / 500))).toEqual([1, 2, 4]);
  expect(log.records.filter(({ level }) => level === "warn")).toHaveLength(1);
});

test("a bearer token that cannot be read is a reason, and is read again", async () => {
  await server();
  let text: string | undefined;
  const { login, clock } = start({ bearer: async () => text ?? Promise.reject(new Error("ENOENT")) });
  await expect(login.token()).rejects.toThrow("not logged in: no bearer token: ENOENT");
  text = "bearer";
  const next = login.token();
  await later(clock, () => login.status().state === "logged in");
  expect(await next).toBe("secret-1");
});

test("any server will do", async () => {
  await server({ port: PORT + 1 });
  const { login } = start({ addresses: [`http://127.0.0.1:${PORT}`, `http://127.0.0.1:${PORT + 1}`] });
  expect(await login.token()).toBe("secret-1");
});

test("an old token is logged out when nothing is on its way with it, unless it ends before that; the last one on stop", async () => {
  const consul = await server({ lifeMs: 10 * MINUTE });
  const { login, clock } = start();
  await login.token();
  await clock.advance(6 * MINUTE);
  await until(() => login.token() === "secret-2");
  await clock.advance(74_000);
  expect(consul.logouts()).toEqual([]);
  await clock.advance(1_000);
  await until(() => consul.logouts().length === 1);
  await clock.advance(6 * MINUTE - 75_000);
  await until(() => login.token() === "secret-3");
  await login.stop();
  expect(consul.logouts()).toEqual(["secret-1", "secret-2", "secret-3"]);
  await expect(Promise.resolve(login.token()).then(String)).resolves.toBe("secret-3");

  const short = await server({ lifeMs: MINUTE, port: PORT + 1 });
  const brief = start({ addresses: [short.address] });
  await brief.login.token();
  await brief.clock.advance(36_000);
  await until(() => brief.login.token() === "secret-2");
  await brief.clock.advance(30_000);
  await brief.login.stop();
  expect(short.logouts()).toEqual(["secret-2"]);
});

test("stopping waits three seconds for Consul, and ends who still waits", async () => {
  await server({ script: ({ path }) => (path === "/v1/acl/logout" ? "hang" : undefined) });
  const { login, clock } = start();
  await login.token();
  let stopped = false;
  const stopping = login.stop().then(() => {
    stopped = true;
  });
  await clock.advance(2_900);
  expect(stopped).toBe(false);
  await clock.advance(100);
  await stopping;
  const other = start({ bearer: () => new Promise(() => undefined) });
  const asked = other.login.token();
  const ended = expect(asked).rejects.toThrow("not logged in: stopped");
  const end = other.login.stop();
  await ended;
  await other.clock.advance(3_000);
  await end;
});

test("a question that was long on its way with the token before is asked again with the one of now", async () => {
  let current = "old";
  const refused: string[] = [];
  const consul = await server({
    script(request) {
      if (request.path !== "/v1/thing") return undefined;
      if (request.token === "new") return { body: "seen" };
      if (request.params.has("switch")) current = "new";
      return UNKNOWN;
    },
  });
  const access = {
    addresses: [addressOf(consul.address)],
    token: () => current,
    refused: (token: string) => void refused.push(token),
  };
  const http = makeConsulHttp(access, { clock: makeFakeClock(), random: () => 0, log: makeLog() });
  stops.push(http.close);
  await expect(http.get({ path: "/v1/thing" })).rejects.toMatchObject({ category: "denied" });
  expect(refused).toEqual(["old"]);
  expect(await http.get({ path: "/v1/thing", params: { switch: "1" } })).toMatchObject({ body: "seen" });
  expect(refused).toEqual(["old"]);
});
