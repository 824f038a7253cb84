// The declaration changes while connections are open: only the changed service is touched, grants touch nothing, a
// revocation ends that service's connections, and bad input loses nothing that worked.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GatewayProps } from "../../src/model/props";
import { dial, type MeshConnection, probe, request } from "../../tools/demo/mesh-client";
import { BANNER, type World } from "../../tools/demo/world";
import { describePart, realEnvoy } from "../support/real-parts";
import { eventually, manifestText, type Rig, sleep, startRig } from "../support/rig";

/** As much of a manifest's JSON as the cases below spoil. */
interface ManifestJson {
  apiVersion: string;
  services: { meta: Record<string, string>; instances: { address: string; port: number }[] }[];
}

const first = (manifest: ManifestJson): ManifestJson["services"][number] => {
  const service = manifest.services[0];
  if (service === undefined) throw new Error("a manifest without services");
  return service;
};

const instance = (manifest: ManifestJson): { address: string; port: number } => {
  const found = first(manifest).instances[0];
  if (found === undefined) throw new Error("a service without instances");
  return found;
};

describePart("live changes", realEnvoy(), (envoy) => {
  let rig: Rig;
  let steady: MeshConnection;
  const tcp = (world: World, name: string, allowFrom: string[], onRevoke: "drain" | "keep" = "drain") => ({
    name,
    address: "127.0.0.1",
    port: world.portBase + 3,
    plaintext: true,
    allowFrom,
    onRevoke,
  });
  const declare = (world: World, services: GatewayProps["services"] = []): GatewayProps => ({
    name: "egress",
    datacenter: "dc1",
    bind: { port: world.portBase },
    services: [tcp(world, "steady", ["web"]), ...services],
  });
  beforeAll(async () => {
    rig = await startRig(envoy, 20400, (world) => declare(world));
    steady = await dial(await rig.caller("web"), rig.to("steady"));
  }, 60_000);
  afterEach(async () => {
    await steady.echo("still here");
  });
  afterAll(() => rig?.stop());

  const reaches = async (who: string, service: string): Promise<boolean> =>
    (await probe(await rig.caller(who), rig.to(service), 400)).startsWith(BANNER);

  test("a service is added, and removed again", async () => {
    rig.apply(declare(rig.world, [tcp(rig.world, "added", ["web"])]));
    await eventually(() => reaches("web", "added"));
    const open = await dial(await rig.caller("web"), rig.to("added"));
    rig.apply(declare(rig.world));
    await eventually(async () => !(await reaches("web", "added")));
    await eventually(() => open.ended());
  });

  test("a grant touches no connection; a revocation ends that service's own, within the drain time", async () => {
    rig.apply(declare(rig.world, [tcp(rig.world, "shared", ["web"])]));
    await eventually(() => reaches("web", "shared"));
    const open = await dial(await rig.caller("web"), rig.to("shared"));
    rig.apply(declare(rig.world, [tcp(rig.world, "shared", ["web", "batch"])]));
    await eventually(() => reaches("batch", "shared"));
    await sleep(1500);
    await open.echo("granted to another");
    rig.apply(declare(rig.world, [tcp(rig.world, "shared", ["batch"])]));
    await eventually(() => open.ended(), 5000);
    expect(await reaches("web", "shared")).toBe(false);
    expect(await reaches("batch", "shared")).toBe(true);
  });

  test("onRevoke keep: the open connection lives on, a new one is refused", async () => {
    rig.apply(declare(rig.world, [tcp(rig.world, "kept", ["web", "batch"], "keep")]));
    await eventually(() => reaches("web", "kept"));
    const open = await dial(await rig.caller("web"), rig.to("kept"));
    rig.apply(declare(rig.world, [tcp(rig.world, "kept", ["batch"], "keep")]));
    await eventually(async () => !(await reaches("web", "kept")));
    await sleep(1500);
    await open.echo("kept");
    open.close();
  });

  test("an instance moves to another port", async () => {
    const http = (port: number) => ({
      name: "moving",
      address: "127.0.0.1",
      port: rig.world.portBase + port,
      protocol: "http" as const,
      tls: { caFile: `${rig.world.dir}/ca.pem`, sni: port === 1 ? "billing.external.test" : "api.external.test" },
      allowFrom: ["web"],
    });
    const answer = async (): Promise<string> => {
      const reply = await request(await rig.caller("web"), rig.to("moving"), "/").catch(() => undefined);
      return reply?.status === 200 ? JSON.parse(reply.body).service : "";
    };
    rig.apply(declare(rig.world, [http(1)]));
    await eventually(async () => (await answer()) === "billing");
    rig.apply(declare(rig.world, [http(6)]));
    await eventually(async () => (await answer()) === "api");
  });

  describe("bad input: the last good state serves and the log says why", () => {
    const good = (): string => manifestText(declare(rig.world, [tcp(rig.world, "good", ["web"])]));
    const edit = (change: (manifest: ManifestJson) => void): string => {
      const manifest = JSON.parse(good());
      change(manifest);
      return JSON.stringify(manifest);
    };
    const cases: [string, () => string, RegExp][] = [
      ["not JSON", () => "{ not json", /JSON/],
      [
        "another major version",
        () => edit((m) => (m.apiVersion = "consul-terminating-gateway/v2")),
        /apiVersion.*consul-terminating-gateway\/v2/s,
      ],
      ["an unresolved reference", () => edit((m) => (instance(m).address = "${aws_db.x.address}")), /services\[0\]/],
      [
        "a private key",
        () => edit((m) => (first(m).meta = { note: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" })),
        /services\[0\]\.meta/,
      ],
      [
        "a port of 0",
        () => edit((m) => (instance(m).port = 0)),
        /services\[0\]\.instances\[0\]\.port: got 0, allowed a whole number from 1 to 65535/,
      ],
    ];
    test.each(cases)("%s", async (_name, text, says) => {
      rig.write(good());
      await eventually(() => reaches("web", "good"));
      const from = rig.lines.length;
      rig.write(text());
      await eventually(() => rig.lines.slice(from).some((line) => line.level === "error"));
      const line = rig.lines.slice(from).find((one) => one.level === "error");
      expect(`${line?.message} ${JSON.stringify(line?.fields)}`).toMatch(says);
      expect(JSON.stringify(rig.lines.slice(from))).not.toContain("AAAA");
      await sleep(300);
      expect(await reaches("web", "good")).toBe(true);
    });
  });

  test("one service whose certificate file is missing waits with its reason and harms no other; it heals alone", async () => {
    const late = join(rig.world.dir, "late-ca.pem");
    rig.apply(
      declare(rig.world, [
        {
          name: "late",
          address: "127.0.0.1",
          port: rig.world.portBase + 1,
          protocol: "http",
          tls: { caFile: late, sni: "billing.external.test" },
          allowFrom: ["web"],
        },
        tcp(rig.world, "other", ["web"]),
      ]),
    );
    await eventually(() => reaches("web", "other"));
    await eventually(() => rig.runtime.status().some((one) => one.name === "late" && one.state === "waiting"));
    expect(rig.runtime.status().find((one) => one.name === "late")?.reason).toContain(late);
    writeFileSync(late, rig.world.ca.caPem);
    await eventually(async () => {
      const reply = await request(await rig.caller("web"), rig.to("late"), "/").catch(() => undefined);
      return reply?.status === 200;
    });
  });
});
