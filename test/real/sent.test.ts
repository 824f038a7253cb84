// What a change costs: Envoy is sent the resources that changed and nothing that it keeps by itself, and uses them all.
import type { GatewayProps, ServiceProps } from "../../src/model/props";
import { dial, type MeshConnection, probe, request } from "../../tools/demo/mesh-client";
import { BANNER } from "../../tools/demo/world";
import { describePart, realEnvoy } from "../support/real-parts";
import { eventually, type Rig, sleep, startRig } from "../support/rig";

describePart("what Envoy is sent", realEnvoy(), (envoy) => {
  let rig: Rig;
  let steady: MeshConnection;
  const raw = (name: string, allowFrom: string[]): ServiceProps => ({
    ...{ name, address: "127.0.0.1", port: rig.world.portBase + 3, plaintext: true, allowFrom },
  });
  const http = (name: string, more: Partial<ServiceProps> = {}): ServiceProps => ({
    ...{ name, address: "127.0.0.1", port: rig.world.portBase + 1, protocol: "http" },
    ...{ tls: { caFile: `${rig.world.dir}/ca.pem`, sni: "billing.external.test" }, allowFrom: ["web"] },
    ...(more as object),
  });
  const declare = (...services: ServiceProps[]): GatewayProps => ({
    ...{ name: "egress", datacenter: "dc1", bind: { port: rig.world.portBase } },
    services: [raw("steady", ["web"]), ...services],
  });
  beforeAll(async () => {
    rig = await startRig(envoy, 25_000, (world) => {
      rig = { world } as Rig;
      return declare(raw("shared", ["web", "batch"]), http("billing"));
    });
    steady = await dial(await rig.caller("web"), rig.to("steady"));
    await eventually(async () => (await status("billing")) === 200);
  }, 60_000);
  afterEach(() => steady.echo("still here"));
  afterAll(() => rig?.stop());

  const status = async (service: string, path = "/", who = "web"): Promise<number> =>
    (await request(await rig.caller(who), rig.to(service), path).catch(() => ({ status: 0 }))).status;
  const reaches = async (who: string, service: string): Promise<boolean> =>
    (await probe(await rig.caller(who), rig.to(service), 400)).startsWith(BANNER);
  /** Names that Envoy accepted from now on, as `type name`, each as often as it was sent. */
  const sent = (): (() => string[]) => {
    const from = rig.lines.length;
    return () =>
      rig.lines
        .slice(from)
        .filter(({ message }) => message === "Envoy accepted")
        .flatMap(({ fields }) => (fields.names as string[]).map((name) => `${fields.type} ${name}`))
        .sort();
  };
  const sni = (service: string): string => rig.to(service).sni;

  test("a revocation: its callers and the mark; the revoked caller's connection ends, other services' live", async () => {
    const open = await dial(await rig.caller("web"), rig.to("shared"));
    await open.echo("before");
    const since = sent();
    rig.apply(declare(raw("shared", ["batch"]), http("billing")));
    await eventually(() => open.ended());
    expect(since()).toEqual(["listener in-shared", "secret intent/shared"]);
    expect(await reaches("web", "shared")).toBe(false);
    // The leaf and the check of identities that the changed listener names were not sent, and are in use.
    expect(await reaches("batch", "shared")).toBe(true);
    expect(since()).toEqual(["listener in-shared", "secret intent/shared"]);
  });

  test("a new service: a CA file that others use is not sent again", async () => {
    const since = sent();
    rig.apply(declare(raw("shared", ["batch"]), http("billing"), http("second")));
    await eventually(async () => (await status("second")) === 200);
    expect(since()).toEqual([
      ...[`cluster ${sni("second")}`, `cluster to-${sni("second")}`, `endpoint ${sni("second")}`],
      ...["extension rbac/second", "listener in-second", "secret intent/second", "secret leaf/second"],
    ]);
  });

  test("another limit of requests: the listener alone, and its rules hold", async () => {
    const since = sent();
    rig.apply(declare(raw("shared", ["batch"]), http("billing", { timeouts: { requestMs: 7000 } }), http("second")));
    await eventually(() => since().length > 0);
    // Longer than Envoy keeps the old listener's connections.
    await sleep(1500);
    expect(await status("billing")).toBe(200);
    expect(await status("billing", "/", "rogue")).toBe(403);
    expect(since()).toEqual(["listener in-billing"]);
    rig.apply(declare(raw("shared", ["batch"]), http("billing"), http("second")));
    await eventually(() => since().length === 2);
  });

  test("another name for the external service's certificate: the cluster, and its endpoints, which Envoy does not ask for again", async () => {
    const since = sent();
    const tls = { caFile: `${rig.world.dir}/ca.pem`, sni: "another.external.test" };
    rig.apply(declare(raw("shared", ["batch"]), http("billing", { tls }), http("second")));
    await eventually(async () => (await status("billing")) === 503);
    expect(since()).toEqual([`cluster ${sni("billing")}`, `endpoint ${sni("billing")}`]);
  });
});
