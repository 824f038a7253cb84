// Replicas of one gateway on real Consul servers, with no client agent: one that dies without a word is taken off the catalog
// by the others, one that comes back is there again, and nobody is blamed when Consul itself was away. Sessions last a second
// here in place of ten, so everything is ten times as fast as by default.
import { type Clock, systemClock } from "../../src/runtime/ports";
import { startRegistration } from "../../src/runtime/source/consul/registration";
import { readPeers, renderCritical } from "../../src/runtime/source/consul/registration-peers";
import type { Registration } from "../../src/runtime/source/consul/registration-upkeep";
import { makeLog } from "../runtime/source/support";
import { addressOf } from "../support/consul-events";
import { type ConsulServer, startConsulServer } from "../support/consul-server";
import { describePart, realConsul } from "../support/real-parts";
import { eventually, sleep } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 21_160 },
  { version: "1.8.19", old: true, portBase: 21_170 },
] as const;

const REAP_AFTER_S = 3;
const REMOVE_AFTER_S = 6;
/** Consul ends a session after two of its seconds at most. */
const ALL_SESSIONS_END_MS = 4_000;

const rulesFor = (sessions: string): string =>
  `service "egress" { policy = "write" } node_prefix "egress-" { policy = "write" } ${sessions}`;
const LEAST = rulesFor('session "egress-a" { policy = "write" } session "egress-b" { policy = "write" }');

interface Process {
  readonly registration: Registration;
  readonly lines: ReturnType<typeof makeLog>["records"];
  /** As SIGSTOP and SIGCONT: nothing happens, then all that was due. */
  freeze(): void;
  thaw(): void;
}

jest.setTimeout(60_000);

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("replicas", realConsul(version), (binary) => {
    let consul: ConsulServer;
    let least: string;
    const running: Process[] = [];

    const start = (replica: string, token = least, reapAfterS = REAP_AFTER_S): Process => {
      const due: (() => void)[] = [];
      let frozen = false;
      const clock: Clock = {
        now: () => Date.now(),
        setTimer: (ms, fire) => systemClock.setTimer(ms, () => (frozen ? void due.push(fire) : fire())),
      };
      const log = makeLog();
      const registration = startRegistration({
        access: { addresses: [addressOf(consul.address)], token: () => token },
        replica: { gateway: "egress", replica, address: "192.0.2.9", port: 8443 },
        ...{ reapAfterS, removeAfterS: REMOVE_AFTER_S, upkeepMs: 1_000, clock, random: Math.random, log },
      });
      registration.setServing(true);
      const process: Process = {
        ...{ registration, lines: log.records },
        freeze() {
          frozen = true;
        },
        thaw() {
          frozen = false;
          for (const fire of due.splice(0)) fire();
        },
      };
      running.push(process);
      return process;
    };
    const instances = async (): Promise<unknown> => consul.call("GET", "/v1/health/service/egress");
    /** As `a passing, b critical`. */
    const statuses = async (): Promise<string> =>
      ((await instances()) as { Service: { ID: string }; Checks: { Status: string }[] }[])
        .map(({ Service, Checks }) => `${Service.ID.slice("egress-".length)} ${Checks.map((each) => each.Status)}`)
        .sort()
        .join(", ");
    const become = async (wanted: string, ms = 10_000): Promise<void> => {
      const end = Date.now() + ms;
      for (let seen = await statuses(); seen !== wanted; seen = await statuses()) {
        if (Date.now() > end)
          throw new Error(`"${seen}", not "${wanted}"; ${JSON.stringify(running.map((r) => r.lines))}`);
        await sleep(50);
      }
    };
    /** Everything that is seen within the time, without repetitions. */
    const watched = async (ms: number): Promise<readonly string[]> => {
      const seen = new Set<string>();
      for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) seen.add(await statuses());
      return [...seen];
    };
    /** The time in which a new replica judges nobody. */
    const settled = async (): Promise<void> => {
      await become("a passing, b passing");
      await sleep(REAP_AFTER_S * 1_000);
    };

    beforeAll(async () => {
      consul = await startConsulServer({ binary, old, portBase, leastTtlS: 1 });
      least = await consul.makeToken(LEAST);
    });
    afterEach(async () => {
      for (const { registration, thaw } of running.splice(0)) {
        thaw();
        await registration.stop();
      }
      for (const name of ["a", "b"]) await consul.call("PUT", "/v1/catalog/deregister", { Node: `egress-${name}` });
    });
    afterAll(() => consul?.stop());

    test("one that stops without a word is critical within the stated time, and back when it goes on", async () => {
      const a = start("a");
      start("b");
      await settled();
      a.freeze();
      const before = Date.now();
      await become("a critical, b passing");
      expect(Date.now() - before).toBeLessThan(REAP_AFTER_S * 1_000 + 500);
      a.thaw();
      await become("a passing, b passing");
      expect(await watched(3_000)).toEqual(["a passing, b passing"]);
    });

    test("one that stays away is removed with its node", async () => {
      const a = start("a");
      start("b");
      await settled();
      a.freeze();
      await become("b passing", 15_000);
      await eventually(async () => (await consul.call("GET", "/v1/catalog/node/egress-a")) === null);
      a.thaw();
      await become("a passing, b passing");
    });

    test("what a predecessor left is cleaned up by a new replica that never saw it alive", async () => {
      const a = start("a");
      await become("a passing");
      a.freeze();
      await sleep(ALL_SESSIONS_END_MS);
      start("b");
      await become("a critical, b passing", 15_000);
      await become("b passing", 15_000);
    });

    test("a restarted one takes its place again, and the session of its former life harms nobody", async () => {
      start("a").freeze();
      start("b");
      await become("a passing, b passing");
      start("a");
      expect(await watched(ALL_SESSIONS_END_MS + REAP_AFTER_S * 1_000)).toEqual(["a passing, b passing"]);
    });

    test("all stood still and all sessions ended: nobody blames anybody", async () => {
      const all = [start("a"), start("b")];
      await settled();
      for (const { freeze } of all) freeze();
      await sleep(ALL_SESSIONS_END_MS);
      expect(await consul.call("GET", "/v1/session/list")).toEqual([]);
      const seen = watched(6_000);
      for (const { thaw } of all) {
        thaw();
        await sleep(1_500);
      }
      expect(await seen).toEqual(["a passing, b passing"]);
      expect(await consul.call("GET", "/v1/session/list")).toHaveLength(2);
    });

    test("Consul was away for longer than any session lasts: nobody blames anybody", async () => {
      start("a");
      start("b");
      await settled();
      await consul.kill();
      await sleep(ALL_SESSIONS_END_MS);
      await consul.start();
      expect(await watched(6_000)).toEqual(["a passing, b passing"]);
    });

    test("one that has a new session, which its check does not name yet, is alive", async () => {
      start("b");
      const note = "session 00000000-0000-0000-0000-000000000000";
      await consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: "egress-a", Address: "192.0.2.9" },
        Service: { ID: "egress-a", Service: "egress", Kind: "terminating-gateway", Port: 8443 },
        Check: {
          ...{ Node: "egress-a", CheckID: "egress-a-serving", Name: "x", Status: "passing", Notes: note },
          ...{ ServiceID: "egress-a", ServiceName: "egress" },
        },
      });
      const session = { Name: "egress-a", Node: "egress-a", NodeChecks: [], TTL: "86400s", LockDelay: "0s" };
      const { ID } = (await consul.call("PUT", "/v1/session/create", session)) as { ID: string };
      await settled();
      expect(await watched(3_000)).toEqual(["a passing, b passing"]);
      await consul.call("PUT", `/v1/session/destroy/${ID}`);
      await become("a critical, b passing");
    });

    test("a token without the right judges nobody and says what is missing", async () => {
      const blind = await consul.makeToken(rulesFor('session "egress-b" { policy = "write" }'));
      const a = start("a");
      const b = start("b", blind);
      await settled();
      a.freeze();
      expect(await watched(5_000)).toEqual(["a passing, b passing"]);
      expect(b.registration.status()).toEqual({ state: "registered" });
      const lost = start("a", blind);
      await sleep(2_000);
      expect(lost.registration.status()).toEqual({
        state: "registered",
        reason: 'its session refused, token lacks session:write on "egress-a"',
      });
    });

    test("switched off it keeps no session, and others let it be", async () => {
      const a = start("a", least, 0);
      start("b");
      await settled();
      a.freeze();
      expect(await watched(5_000)).toEqual(["a passing, b passing"]);
    });

    test("a replica that came back in the last moment stays", async () => {
      start("a");
      await become("a passing");
      await sleep(1_000);
      const read = readPeers(await instances(), "egress", "egress-b")[0];
      if (read === undefined) throw new Error("no peer");
      const check = (await consul.call("GET", "/v1/health/node/egress-a")) as object[];
      await consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: "egress-a", SkipNodeUpdate: true },
        Check: { ...check[0], Notes: "session 00000000-0000-0000-0000-000000000000", Definition: undefined },
      });
      const late = consul.call("PUT", "/v1/txn", renderCritical("egress", read, "egress-b", {}));
      await expect(late).rejects.toThrow(/409 .*index is stale/);
      expect(await statuses()).toBe("a passing");
    });

    test("an agent's node is none of ours, whatever is on it", async () => {
      const node = `server-${portBase}`;
      const own = { ID: node, Service: "egress", Kind: "terminating-gateway", Port: 8443 };
      await consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: node, SkipNodeUpdate: true, Service: own },
        Check: {
          ...{ Node: node, CheckID: `${node}-serving`, Name: "x", Status: "passing", ServiceID: node },
          Notes: "session 00000000-0000-0000-0000-000000000000",
        },
      });
      expect(readPeers(await instances(), "egress", "egress-b")).toEqual([]);
      await consul.call("PUT", "/v1/catalog/deregister", { Node: node, ServiceID: node });
    });
  });
});
