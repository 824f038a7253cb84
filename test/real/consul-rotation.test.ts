// The mesh's CA gets another key while callers are at work: 20 streams stay open, requests go on without a failure, and
// Envoy is sent secrets alone. The same on the oldest and the newest server.
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import type { Runtime } from "../../src/runtime/run";
import { type Caller, type Dial, dial, type MeshConnection, request } from "../../tools/demo/mesh-client";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually, sleep } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 25_200 },
  { version: "1.8.19", old: true, portBase: 25_250 },
] as const;
const SERVICES = ["billing", "partner", "banner"] as const;
const STREAMS = 20;
/** Consul spreads new leaves over 30 s; only newer servers show them earlier to those who ask. */
const REISSUED_MS = 45_000;
/** Longer than Envoy keeps connections of what it replaces, which the stage sets to a second. */
const DRAINED_MS = 3000;
const LISTENERS = "listener_manager\\.(lds\\.update_success|listener_(added|modified|removed))";

jest.setTimeout(90_000);

const envoyPath = realEnvoy();

interface Roots {
  readonly Roots: readonly { readonly RootCert: string; readonly Active: boolean }[];
}

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("root rotation under load", envoyPath === undefined ? undefined : realConsul(version), (consulPath) => {
    let stage: ConsulStage;
    let runtime: Runtime;
    let web: Caller;
    let to: Record<(typeof SERVICES)[number], Dial>;
    let stopCalling: ReturnType<typeof startCalling> | undefined;
    const streams: { readonly on: (typeof SERVICES)[number]; readonly open: MeshConnection }[] = [];

    const activeRoot = async (): Promise<string> => {
      const { Roots } = (await stage.consul.call("GET", "/v1/connect/ca/roots")) as Roots;
      return Roots.find(({ Active }) => Active)?.RootCert ?? "";
    };
    const status = async (caller: Caller, service: Dial): Promise<number | string> =>
      (await request(caller, service, "/").catch((error: Error) => ({ status: error.message }))).status;
    const isOn = async (root: string, service: Dial): Promise<boolean> => {
      const connection = await dial(web, service);
      const leaf = connection.socket.getPeerX509Certificate();
      connection.close();
      return leaf?.verify(new X509Certificate(root).publicKey) === true;
    };
    /** Calls without a pause, each on a connection of its own, with what the caller had before the rotation. */
    const startCalling = () => {
      const failures: string[] = [];
      let calls = 0;
      let going = true;
      const loop = (async () => {
        for (; going && failures.length < 10; calls += 1) {
          const service = calls % 2 === 0 ? to.billing : to.partner;
          const got = await status(web, service);
          if (got !== 200) failures.push(`${service.sni}: ${got}`);
        }
      })();
      return async () => {
        going = false;
        await loop;
        return { calls, failures };
      };
    };

    beforeAll(async () => {
      stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old, portBase });
      await stage.declare();
      for (const service of SERVICES) await stage.intend("web", service, "allow");
      runtime = await stage.start();
      web = await stage.caller("web");
      to = {
        billing: await stage.to("billing"),
        partner: await stage.to("partner"),
        banner: await stage.to("banner"),
      };
      await eventually(async () => (await status(web, to.billing)) === 200, 15_000);
      await eventually(async () => (await status(web, to.partner)) === 200, 15_000);
      for (let at = 0; at < STREAMS; at += 1) {
        const on = at % 4 === 0 ? "billing" : "banner";
        const open = await dial(web, to[on]);
        streams.push({ on, open });
      }
    });
    afterAll(async () => {
      await stopCalling?.();
      for (const { open } of streams) open.close();
      await stage?.stop();
    });

    test("no stream is closed, no request fails, no listener is touched", async () => {
      const admin = runtime.admin;
      if (admin === undefined) throw new Error("no Envoy");
      const pid = runtime.envoyPid();
      const before = await admin.stats(LISTENERS);
      const from = stage.lines.length;
      const formerRoot = await activeRoot();
      stopCalling = startCalling();
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      await stage.consul.call("PUT", "/v1/connect/ca/configuration", {
        Provider: "consul",
        Config: { LeafCertTTL: "72h", PrivateKey: privateKey.export({ type: "sec1", format: "pem" }) },
      });
      const root = await activeRoot();
      expect(root).not.toBe(formerRoot);
      for (const service of SERVICES) await eventually(() => isOn(root, to[service]), REISSUED_MS);
      await sleep(DRAINED_MS);
      const { calls, failures } = await stopCalling();
      expect(failures).toEqual([]);
      expect(calls).toBeGreaterThan(100);

      for (const { on, open } of streams) {
        if (on === "banner") await open.echo("still here");
        else expect((await request(web, to[on], "/", { open })).status).toBe(200);
      }
      expect(runtime.envoyPid()).toBe(pid);
      expect(await admin.stats(LISTENERS)).toEqual(before);
      const sent = stage.lines.slice(from).filter(({ message }) => message === "Envoy accepted");
      expect([...new Set(sent.map(({ fields }) => fields.type))]).toEqual(["secret"]);
      // Each service's leaf and whom it trusts, once.
      expect(sent.flatMap(({ fields }) => fields.names as string[]).sort()).toEqual(
        SERVICES.flatMap((service) => [`intent/${service}`, `leaf/${service}`]).sort(),
      );
      // A caller of the new root alone is let in as well, and is shown what it trusts.
      const fresh = { ...(await stage.caller("web")), ca: root };
      expect(await status(fresh, to.billing)).toBe(200);
    });
  });
});
