// Three real Consul servers: one lost, one that accepts and never answers, no leader, all lost. Callers notice nothing, the
// gateway follows changes as long as one server can, and a restart without any serves the last good state. What the gateway
// reads from is chosen at random, so each server has its turn.
import type { Runtime } from "../../src/runtime/run";
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
/** In place of ten minutes; nothing in the runtime counts this time. */
const ALL_LOST_MS = 30_000;

jest.setTimeout(240_000);

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
    const failuresDuring = async (work: () => Promise<void>): Promise<readonly unknown[]> => {
      const failures: unknown[] = [];
      let calls = 0;
      let going = true;
      const calling = (async () => {
        while (going) {
          const got = await status();
          calls += 1;
          if (got !== 200) failures.push(got);
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

    test("all lost: no request fails, a restart of runtime and Envoy serves the last good state", async () => {
      const before = stage.lines.length;
      for (const server of cluster.servers) await cluster.lose(server);
      expect(await failuresDuring(() => sleep(ALL_LOST_MS / 2))).toEqual([]);
      await restart();
      expect(await failuresDuring(() => sleep(ALL_LOST_MS / 2))).toEqual([]);
      expect(runtime.view().services.every(({ reason }) => reason !== undefined)).toBe(true);
      await cluster.bringBack(...cluster.servers);
      expect(await failuresDuring(() => follows())).toEqual([]);
      expect(since(before)).toEqual([]);
    });
  });
});
