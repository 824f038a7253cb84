// An Envoy that outlives its control plane: after a restart of the runtime, on what it kept on disk, Envoy is sent what
// changed meanwhile and nothing else; and what it was not sent again is there for later changes.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeAdmin } from "../../src/runtime/envoy/admin";
import { makeBootstrap } from "../../src/runtime/envoy/bootstrap";
import type { Runtime } from "../../src/runtime/run";
import { type Caller, type Dial, dial, type MeshConnection, probe, request } from "../../tools/demo/mesh-client";
import { BANNER } from "../../tools/demo/world";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually, sleep } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 25_100 },
  { version: "1.8.19", old: true, portBase: 25_150 },
] as const;
const SERVICES = ["billing", "partner", "banner"] as const;
/** Longer than Envoy's drain time below. */
const DRAINED_MS = 1500;

jest.setTimeout(90_000);

const envoyPath = realEnvoy();

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("an Envoy that comes back", envoyPath === undefined ? undefined : realConsul(version), (consulPath) => {
    let stage: ConsulStage;
    let runtime: Runtime;
    let envoy: ChildProcess;
    let web: Caller;
    let to: Record<(typeof SERVICES)[number], Dial>;
    let open: MeshConnection;

    const status = async (service: Dial): Promise<number> =>
      (await request(web, service, "/").catch(() => ({ status: 0 }))).status;
    const answers = async (): Promise<boolean> =>
      (await status(to.billing)) === 200 &&
      (await status(to.partner)) === 200 &&
      (await probe(web, to.banner, 400)).startsWith(BANNER);
    const messages = (message: string, from: number) =>
      stage.lines.slice(from).filter((line) => line.message === message);
    /** What Envoy has taken since a line of the log, as `type name`. */
    const sent = (from: number): string[] =>
      messages("Envoy accepted", from)
        .flatMap(({ fields }) =>
          [...(fields.names as string[]), ...(fields.removed as string[])].map((name) => `${fields.type} ${name}`),
        )
        .sort();
    /** Starts the runtime again; resolves when Envoy is back and every service is ready, with the place in the log. */
    const restart = async (): Promise<number> => {
      const from = stage.lines.length;
      runtime = await stage.start({}, "xds");
      await eventually(() => messages("Envoy connected", from).length > 0, 15_000);
      await eventually(() => runtime.status().filter(({ state }) => state === "ready").length === 3, 15_000);
      await sleep(1000);
      return from;
    };

    beforeAll(async () => {
      stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old, portBase });
      await stage.declare();
      for (const service of SERVICES) await stage.intend("web", service, "allow");
      runtime = await stage.start({}, "xds");
      const bootstrap = join(stage.dir, "bootstrap.json");
      const { adsSocket, adminSocket } = runtime.runDir;
      writeFileSync(
        bootstrap,
        JSON.stringify(makeBootstrap({ nodeId: "egress", cluster: "egress", adsSocket, adminSocket })),
      );
      const flags = ["--disable-hot-restart", "--concurrency", "1", "--drain-time-s", "1", "--log-level", "off"];
      envoy = spawn(envoyPath ?? "", ["-c", bootstrap, ...flags], { stdio: "ignore" });
      web = await stage.caller("web");
      to = {
        billing: await stage.to("billing"),
        partner: await stage.to("partner"),
        banner: await stage.to("banner"),
      };
      await eventually(answers, 20_000);
      open = await dial(web, to.banner);
    });
    afterAll(async () => {
      open?.close();
      if (envoy?.exitCode === null && envoy.kill("SIGKILL")) await once(envoy, "exit");
      await stage?.stop();
    });

    test("nothing changed: nothing is sent, and nothing is cut", async () => {
      await runtime.stop();
      const from = await restart();
      expect(sent(from)).toEqual([]);
      await open.echo("still here");
      expect(await answers()).toBe(true);
      expect(sent(from)).toEqual([]);
    });

    test("an instance moved while the runtime was away: its endpoints alone", async () => {
      await runtime.stop();
      await stage.consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: "external-1", Address: "127.0.0.1", NodeMeta: { "external-node": "true" } },
        Service: { ID: "billing", Service: "billing", Address: "127.0.0.2", Port: portBase + 1 },
      });
      const from = await restart();
      expect(sent(from)).toEqual([`endpoint ${to.billing.sni}`]);
      await stage.consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: "external-1", Address: "127.0.0.1", NodeMeta: { "external-node": "true" } },
        Service: { ID: "billing", Service: "billing", Address: "127.0.0.1", Port: portBase + 1 },
      });
      await eventually(answers);
    });

    test("a listener and clusters that change after that have everything that they name", async () => {
      await runtime.stop();
      await restart();
      const admin = makeAdmin(runtime.runDir.adminSocket);
      await stage.consul.call("PUT", "/v1/config", {
        ...{
          Kind: "service-resolver",
          Name: "billing",
          ConnectTimeout: "3s",
          ...(old ? {} : { RequestTimeout: "9s" }),
        },
      });
      await stage.intend("web", "banner", "deny");
      await eventually(() => open.ended());
      await stage.intend("web", "banner", "allow");
      await eventually(answers, 10_000);
      await sleep(DRAINED_MS);
      // Listeners of an earlier generation are gone: what answers now are those that have just been made.
      expect([...(await admin.stats("listener_manager.total_(filter_chains_draining|listeners_draining)"))]).toEqual([
        ["listener_manager.total_filter_chains_draining", 0],
        ["listener_manager.total_listeners_draining", 0],
      ]);
      expect(await answers()).toBe(true);
    });
  });
});
