// Three real Consul servers: one lost, one that accepts and never answers, no leader, all lost. Callers notice nothing, the
// gateway follows changes as long as one server can, and a restart without any serves the last good state. What the gateway
// reads from is chosen at random, so each server has its turn.
//
// TGW_TEST_ALL_LOST_S: for how many seconds all servers are away, with a restart of runtime and Envoy in the middle; 30 by
// default, as nothing in the runtime counts this time. Ten minutes, with a line that says what was sent and what failed:
// TGW_TEST_ALL_LOST_S=600 npx jest test/real/consul-cluster -t "all lost"
import type { Runtime } from "../../src/runtime/run";
import { renderStatus } from "../../src/runtime/status/table";
import { type Caller, type Dial, probe, request } from "../../tools/demo/mesh-client";
import { BANNER } from "../../tools/demo/world";
import { type ConsulCluster, startConsulCluster } from "../support/consul-cluster";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually, sleep } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 22_600 },
  { version: "1.8.19", old: true, portBase: 22_650 },
] as const;
const ALL_LOST_MS = Number(process.env.TGW_TEST_ALL_LOST_S ?? 30) * 1_000;

jest.setTimeout(240_000 + ALL_LOST_MS);

const envoyPath = realEnvoy();

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("three servers", envoyPath === undefined ? undefined : realConsul(version), (consulPath) => {
    let cluster: ConsulCluster;
    let stage: ConsulStage;
    let runtime: Runtime;
    let web: Caller;
    let rogue: Caller;
    let billing: Dial;
    let banner: Dial;

    const status = async (): Promise<number | string> =>
      (await request(web, billing, "/").catch((error: Error) => ({ status: error.message }))).status;
    const rogueGets = async (): Promise<boolean> => (await probe(rogue, banner, 400)).startsWith(BANNER);
    /** Calls without a pause while `work` goes on; says what failed. */
    let calls = 0;
    const failuresDuring = async (work: () => Promise<void>): Promise<readonly unknown[]> => {
      const failures: unknown[] = [];
      calls = 0;
      let going = true;
      const calling = (async () => {
        while (going) {
          const got = await status();
          calls += 1;
          if (got !== 200) failures.push(got);
          if (got !== 200 || ALL_LOST_MS > 60_000) await sleep(10);
        }
      })();
      await work().finally(() => {
        going = false;
      });
      await calling;
      expect(calls).toBeGreaterThan(20);
      return failures;
    };
    /** A change of the intention reaches callers. */
    const follows = async (ms = 60_000): Promise<void> => {
      const wanted = !(await rogueGets());
      const end = Date.now() + ms;
      // A server that has just lost its leader refuses writes for a moment.
      for (;;) {
        try {
          await stage.intend("rogue", "banner", wanted ? "allow" : "deny");
          break;
        } catch (error) {
          if (Date.now() > end) throw error;
          await sleep(200);
        }
      }
      await eventually(async () => (await rogueGets()) === wanted, ms);
    };
    const since = (at: number) => stage.lines.slice(at).filter(({ level }) => level === "error");
    const restart = async (): Promise<void> => {
      await runtime.stop();
      runtime = await stage.start();
      await eventually(async () => (await status()) === 200, 20_000);
    };

    beforeAll(async () => {
      const portBases = [10, 20, 30].map((offset) => portBase + offset);
      cluster = await startConsulCluster({ binary: consulPath, old, portBases });
      const servers = [cluster.any, ...cluster.servers.slice(1)];
      stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old, portBase, servers });
      await stage.declare();
      await stage.intend("web", "billing", "allow");
      runtime = await stage.start();
      web = await stage.caller("web");
      rogue = await stage.caller("rogue");
      billing = await stage.to("billing");
      banner = await stage.to("banner");
      await eventually(async () => (await status()) === 200, 20_000);
    });
    afterAll(async () => {
      for (const server of cluster?.servers ?? []) server.resume();
      await stage?.stop();
      await cluster?.stop();
    });

    test("each lost in turn: no request fails, and changes are followed", async () => {
      const before = stage.lines.length;
      const failures = await failuresDuring(async () => {
        for (const server of cluster.servers) {
          await cluster.lose(server);
          await follows();
          await cluster.bringBack(server);
        }
      });
      expect(failures).toEqual([]);
      expect(since(before)).toEqual([]);
      expect(stage.lines.map(({ message }) => message)).toContain("Consul server given up");
    });

    test("each black-holed in turn: no request fails, and changes are followed", async () => {
      const before = stage.lines.length;
      const failures = await failuresDuring(async () => {
        for (const server of cluster.servers) {
          cluster.blackHole(server);
          await follows();
          await cluster.bringBack(server);
        }
      });
      expect(failures).toEqual([]);
      expect(since(before)).toEqual([]);
    });

    test("no leader: no request fails, also after a restart of runtime and Envoy", async () => {
      const [one, two, three] = cluster.servers;
      if (one === undefined || two === undefined || three === undefined) throw new Error("three servers");
      const before = stage.lines.length;
      await cluster.lose(two);
      await cluster.lose(three);
      expect(await failuresDuring(() => sleep(10_000))).toEqual([]);
      await restart();
      expect(await failuresDuring(() => sleep(3_000))).toEqual([]);
      await cluster.bringBack(two, three);
      expect(await failuresDuring(() => follows())).toEqual([]);
      expect(since(before)).toEqual([]);
    });

    test("all lost: no request fails, a restart of runtime and Envoy serves the last good state, and status says so", async () => {
      const before = stage.lines.length;
      const told = { calls: [] as number[], failed: [] as number[] };
      const load = async (work: () => Promise<void>): Promise<readonly unknown[]> => {
        const failures = await failuresDuring(work);
        told.calls.push(calls);
        told.failed.push(failures.length);
        return failures;
      };
      const isTold = (): boolean => JSON.stringify(runtime.view().consul) === '{"state":"connected"}';
      // After the restart without a leader some of it is still to be told.
      await eventually(isTold, 60_000);
      for (const server of cluster.servers) await cluster.lose(server);
      const lostMs = Date.now();
      expect(await load(() => sleep(ALL_LOST_MS / 2))).toEqual([]);
      const away = runtime.view();
      expect(away.consul).toEqual({ state: "away", since: expect.any(String), reason: expect.any(String) });
      expect(Math.abs(Date.parse(away.consul?.since ?? "") - lostMs)).toBeLessThan(15_000);
      expect(renderStatus(away)).toMatch(
        /^Consul: no answer since .* cannot be reached: .*; what it told last serves$/m,
      );
      // Until Envoy is back, nobody serves: what fails meanwhile is told apart.
      await load(restart);
      expect(await load(() => sleep(ALL_LOST_MS / 2))).toEqual([]);
      const kept = runtime.view();
      const { lastGood: { of = "", since: from = "" } = {}, ...consul } = kept.consul ?? {};
      expect(consul).toEqual({ state: "away", since: expect.any(String), reason: expect.any(String) });
      expect(Date.parse(of)).toBeLessThan(lostMs + 2_000);
      expect(Date.parse(from)).toBeGreaterThan(lostMs + ALL_LOST_MS / 2);
      expect(renderStatus(kept)).toMatch(/^Consul: no answer since .*; the last good state of .* serves, since .*$/m);
      for (const { state, reason, certificates } of kept.services) {
        expect([state, reason]).toEqual(["ready", expect.stringContaining(`last good state of ${of}`)]);
        expect(reason).toContain(`good until ${certificates.leaf}`);
      }
      await cluster.bringBack(...cluster.servers);
      expect(await load(() => follows())).toEqual([]);
      await eventually(isTold, 60_000);
      expect(since(before)).toEqual([]);
      if (process.env.TGW_TEST_ALL_LOST_S !== undefined) {
        const [first, restarted, second, back] = told.calls.map((sent, at) => `${sent} (${told.failed[at]} failed)`);
        const text = `requests away ${first}, during the restart ${restarted}, away ${second}, back ${back}`;
        process.stderr.write(`Consul ${version}, away for ${ALL_LOST_MS / 1000} s: ${text}\n${renderStatus(kept)}\n`);
      }
    });
  });
});
