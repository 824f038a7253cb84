// The documentation's story of a terminating gateway on a real Consul with ACLs on default deny: external services, an
// agent-less node, a config entry, intentions; our gateway with its least token; callers with leaves of Consul's own CA.
// The same story on the oldest and the newest server.
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Runtime } from "../../src/runtime/run";
import { type Caller, type Dial, dial, probe, request } from "../../tools/demo/mesh-client";
import { BANNER } from "../../tools/demo/world";
import { startCalling } from "../support/calling";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually, manifestText } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 22_000 },
  { version: "1.8.19", old: true, portBase: 22_100 },
] as const;

jest.setTimeout(120_000);

const envoyPath = realEnvoy();

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("a gateway", envoyPath === undefined ? undefined : realConsul(version), (consulPath) => {
    let stage: ConsulStage;
    let runtime: Runtime;
    let web: Caller;
    let rogue: Caller;
    let to: Record<"billing" | "partner" | "banner", Dial>;

    const status = async (caller: Caller, service: Dial): Promise<number | string> =>
      (await request(caller, service, "/").catch((error: Error) => ({ status: error.message }))).status;
    const reaches = async (caller: Caller): Promise<boolean> =>
      (await probe(caller, to.banner, 400)).startsWith(BANNER);
    const client = async (): Promise<string> => {
      const reply = await request(web, to.partner, "/").catch(() => undefined);
      return reply?.status === 200 ? (JSON.parse(reply.body).client as string) : "none";
    };
    const instancesFor = async (service: string): Promise<readonly string[]> => {
      const found = (await stage.consul.call("GET", `/v1/health/connect/${service}?passing`)) as {
        Service: { ID: string; Kind: string; Address: string; Port: number };
      }[];
      return found.map(({ Service: { ID, Kind, Address, Port } }) => `${ID} ${Kind} ${Address}:${Port}`);
    };
    const allReady = (): boolean => runtime.status().filter(({ state }) => state === "ready").length === 3;
    beforeAll(async () => {
      stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old, portBase });
      runtime = await stage.start();
      web = await stage.caller("web");
      rogue = await stage.caller("rogue");
      to = {
        billing: await stage.to("billing"),
        partner: await stage.to("partner"),
        banner: await stage.to("banner"),
      };
    });
    afterAll(() => stage?.stop());

    test("starts before anything is declared, and follows the declaration", async () => {
      expect(runtime.status()).toEqual([]);
      await stage.declare();
      await eventually(allReady, 20_000);
      await eventually(() => runtime.view().registration?.state === "registered");
      expect(runtime.view()).toMatchObject({
        ...{ gateway: "egress", source: "consul" },
        envoy: { state: "running" },
        services: [{ name: "banner", instances: { healthy: 1, total: 1 }, nacks: 0 }, {}, { name: "partner" }],
      });
    });

    test("without an intention nobody gets a byte", async () => {
      const before = stage.world.services.banner.connections();
      expect(await probe(web, to.banner)).toBe("");
      // "Ready" is said when it is published; Envoy has it a moment later.
      await eventually(async () => (await status(web, to.billing)) === 403);
      expect(stage.world.services.banner.connections()).toBe(before);
    });

    test("an intention lets its source in, and nobody else", async () => {
      for (const service of ["billing", "partner", "banner"]) await stage.intend("web", service, "allow");
      await eventually(() => reaches(web));
      await eventually(async () => (await status(web, to.billing)) === 200);
      await eventually(async () => (await client()) === "gateway-1");
      expect(await probe(rogue, to.banner)).toBe("");
      expect(await status(rogue, to.billing)).toBe(403);
    });

    test("callers' proxies find the gateway in the catalog as long as it serves", async () => {
      const own = `egress-a terminating-gateway 127.0.0.1:${portBase}`;
      for (const service of ["billing", "partner", "banner"]) {
        await eventually(async () => (await instancesFor(service)).join() === own);
      }
    });

    test("an intention changes live, and only its service is touched", async () => {
      const open = await dial(web, to.partner);
      await stage.intend("web", "banner", "deny");
      await eventually(async () => !(await reaches(web)));
      await stage.intend("rogue", "banner", "allow");
      await eventually(() => reaches(rogue));
      await stage.intend("web", "banner", "allow");
      await stage.intend("rogue", "banner", "deny");
      await eventually(async () => (await reaches(web)) && !(await reaches(rogue)));
      expect((await request(web, to.partner, "/", { open })).status).toBe(200);
      open.close();
    });

    test("a certificate file that is replaced is presented, and open connections live on", async () => {
      const open = await dial(web, to.partner);
      const pair = await stage.world.clientCa.client("gateway-2");
      writeFileSync(join(stage.world.dir, "client.pem"), pair.certPem);
      writeFileSync(join(stage.world.dir, "client-key.pem"), pair.keyPem);
      await eventually(async () => (await client()) === "gateway-2");
      expect((await request(web, to.partner, "/", { open })).status).toBe(200);
      open.close();
    });

    test("the server is killed and comes back: no request fails, and changes are followed again", async () => {
      const calling = startCalling(() => status(web, to.billing));
      await stage.consul.kill();
      await eventually(() => runtime.status().some(({ reason }) => reason !== undefined), 20_000);
      await stage.consul.start();
      await stage.intend("rogue", "banner", "allow");
      await eventually(() => reaches(rogue), 30_000);
      const { calls, failures } = await calling.stop();
      expect(failures).toEqual([]);
      expect(calls).toBeGreaterThan(20);
    });

    test("restarted while Consul is away it serves its last good state, and says so", async () => {
      const file = join(stage.dir, "state/egress/last-good.json");
      await runtime.stop();
      expect(statSync(file).mode & 0o777).toBe(0o600);
      await stage.consul.kill();
      runtime = await stage.start();
      await eventually(allReady, 20_000);
      await eventually(async () => (await status(web, to.billing)) === 200);
      expect(await client()).toBe("gateway-2");
      expect(await status(rogue, to.billing)).toBe(403);
      expect(runtime.view().services[0]?.reason).toContain("last good state of ");
      await stage.consul.start();
      await stage.intend("rogue", "banner", "deny");
      await eventually(async () => !(await reaches(rogue)), 30_000);
      await eventually(() => runtime.status().every(({ reason }) => reason === undefined), 30_000);
    });

    test("a revoked token costs no traffic and is told; a new one in its file is taken", async () => {
      await stage.revokeToken();
      await stage.intend("rogue", "banner", "allow");
      const says = (text: string): boolean => runtime.status().some(({ reason }) => reason?.includes(text) === true);
      await eventually(() => says("the token is unknown to Consul: revoked or expired"), 20_000);
      expect(await status(web, to.billing)).toBe(200);
      expect(await reaches(rogue)).toBe(false);
      await stage.renewToken();
      await eventually(() => reaches(rogue), 30_000);
      await stage.intend("rogue", "banner", "deny");
      await eventually(async () => !(await reaches(rogue)));
    });

    test("with a manifest beside it: its limits, and Consul for everything else", async () => {
      await runtime.stop();
      const manifest = join(stage.dir, "manifest.json");
      const write = (requestMs: number): void => {
        // Neither this instance nor the missing intention counts.
        const billing = { name: "billing", address: "127.0.0.1", port: portBase + 9, protocol: "http" as const };
        const bind = { port: portBase };
        const services = [{ ...billing, plaintext: true, timeouts: { requestMs } }];
        writeFileSync(manifest, manifestText({ name: "egress", datacenter: "dc1", bind, services }));
      };
      const times = async (): Promise<readonly string[]> =>
        JSON.stringify(await runtime.admin?.configDump()).match(/(?<="timeout":")[0-9.]+s/g) ?? [];
      write(1234);
      runtime = await stage.start({ manifest });
      await eventually(async () => (await status(web, to.billing)) === 200, 20_000);
      expect(allReady()).toBe(true);
      expect(await times()).toContain("1.234s");
      write(2345);
      await eventually(async () => (await times()).includes("2.345s"));
    });

    test("stopped, it is out of the catalog", async () => {
      await eventually(async () => (await instancesFor("billing")).length === 1, 20_000);
      await runtime.stop();
      expect(await instancesFor("billing")).toEqual([]);
      expect(await stage.consul.call("GET", "/v1/catalog/node/egress-a")).toBeNull();
    });
  });
});
