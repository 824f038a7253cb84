import { dial, type MeshConnection } from "../../tools/demo/mesh-client";
import { declare } from "../support/options";
import { describePart, realEnvoy } from "../support/real-parts";
import { eventually, type Rig, startRig } from "../support/rig";

jest.setTimeout(60_000);

interface ClusterJson {
  readonly name: string;
  readonly type?: string;
  readonly connect_timeout: string;
  readonly upstream_connection_options?: object;
}

async function clusterOf(rig: Rig, service: string): Promise<ClusterJson | undefined> {
  const dump = (await rig.runtime.admin?.configDump()) as {
    configs: { dynamic_active_clusters?: { cluster: ClusterJson }[] }[];
  };
  const clusters = dump.configs.flatMap((each) => each.dynamic_active_clusters ?? []);
  return clusters.map(({ cluster }) => cluster).find(({ name }) => name.startsWith(`${service}.`));
}

describePart("listening", realEnvoy(), (envoy) => {
  const BASE = 24_000;
  let rig: Rig;
  let steady: MeshConnection;

  const serves = async (host: string, port: number): Promise<boolean> => {
    const open = await dial(await rig.caller("web"), { ...rig.to("steady"), host, port, timeoutMs: 1000 }).catch(
      () => undefined,
    );
    const text = await open?.until((all) => all.includes("\n"), 1000).catch(() => "");
    open?.close();
    return text?.startsWith("220") === true;
  };

  beforeAll(async () => {
    const inner = { address: "127.0.0.2", port: BASE + 7 };
    rig = await startRig(envoy, BASE, (world) => declare(world, { envoy_gateway_bind_addresses: { inner } }));
    steady = await dial(await rig.caller("web"), rig.to("steady"));
  });
  afterAll(async () => {
    steady?.close();
    await rig?.stop();
  });

  test("on its own address and on those that are named", async () => {
    await eventually(() => serves("127.0.0.1", BASE));
    await eventually(() => serves("127.0.0.2", BASE + 7));
    expect(await serves("127.0.0.2", BASE)).toBe(false);
  });

  test("an address moves, and connections to the others go on", async () => {
    const inner = { address: "127.0.0.2", port: BASE + 8 };
    rig.apply(declare(rig.world, { envoy_gateway_bind_addresses: { inner } }));
    await eventually(() => serves("127.0.0.2", BASE + 8));
    await eventually(async () => !(await serves("127.0.0.2", BASE + 7)));
    await steady.echo("still here");
  });

  test("an address that is public stays what it was, and the rest of the change counts", async () => {
    const inner = { address: "203.0.113.9", port: BASE + 8 };
    rig.apply(declare(rig.world, { envoy_gateway_bind_addresses: { inner }, connect_timeout_ms: 1700 }));
    await eventually(async () => (await clusterOf(rig, "steady"))?.connect_timeout === "1.700s");
    await eventually(() => serves("127.0.0.2", BASE + 8));
    const said = rig.lines
      .map(({ fields }) => String(fields.reason))
      .filter((reason) => reason.includes("203.0.113.9"));
    expect(said).toEqual([expect.stringContaining("--allow-public-bind")]);
  });

  test("not on its own address when that is switched off, and on it again", async () => {
    const inner = { address: "127.0.0.2", port: BASE + 8 };
    rig.apply(declare(rig.world, { envoy_gateway_bind_addresses: { inner }, envoy_gateway_no_default_bind: true }));
    await eventually(async () => !(await serves("127.0.0.1", BASE)));
    await eventually(() => serves("127.0.0.2", BASE + 8));
    rig.apply(declare(rig.world));
    await eventually(() => serves("127.0.0.1", BASE));
    await eventually(async () => !(await serves("127.0.0.2", BASE + 8)));
  });
});

describePart("reaching external services", realEnvoy(), (envoy) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig(envoy, 24_020, (world) => declare(world));
  });
  afterAll(() => rig?.stop());

  test("without options: five seconds, every hostname, no keepalive", async () => {
    await eventually(async () => (await clusterOf(rig, "byname"))?.type === "STRICT_DNS");
    expect(await clusterOf(rig, "byname")).toMatchObject({ connect_timeout: "5s" });
    expect(await clusterOf(rig, "byname")).not.toHaveProperty("upstream_connection_options");
  });

  test("DNS type, connect timeout and keepalive change live", async () => {
    const open = await dial(await rig.caller("web"), rig.to("steady"));
    rig.apply(
      declare(rig.world, {
        envoy_dns_discovery_type: "logical_dns",
        connect_timeout_ms: 2500,
        envoy_gateway_remote_tcp_enable_keepalive: true,
        envoy_gateway_remote_tcp_keepalive_time: 133,
        envoy_gateway_remote_tcp_keepalive_interval: 27,
        envoy_gateway_remote_tcp_keepalive_probes: 5,
      }),
    );
    await eventually(async () => (await clusterOf(rig, "byname"))?.type === "LOGICAL_DNS");
    const keepalive = { keepalive_time: 133, keepalive_interval: 27, keepalive_probes: 5 };
    const options = { connect_timeout: "2.500s", upstream_connection_options: { tcp_keepalive: keepalive } };
    expect(await clusterOf(rig, "byname")).toMatchObject(options);
    await eventually(async () => (await clusterOf(rig, "steady"))?.connect_timeout === "2.500s");
    expect(await clusterOf(rig, "steady")).toMatchObject({ type: "EDS", ...options });
    await open.echo("still here");
    open.close();
  });
});
