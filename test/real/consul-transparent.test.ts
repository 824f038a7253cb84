// A caller in transparent proxy mode: it names no upstream and no port of its own, intentions and virtual IPs say what its sidecar
// knows. Consul's servers give each linked service a virtual IP by the gateway's entry in the catalog, ours included.
// Redirection needs iptables and root in a network namespace of its own, so that part runs where TGW_TEST_IPTABLES names the
// command, under `unshare -n`; elsewhere the sidecar's own configuration is looked at alone.
import { execFileSync } from "node:child_process";
import { request } from "node:http";
import { type Sidecar, startSidecar } from "../../tools/demo/consul-sidecar";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually } from "../support/rig";

const PORT_BASE = 22_700;
const AGENT = PORT_BASE + 20;
const OUTBOUND = AGENT + 5;

jest.setTimeout(120_000);

const envoyPath = realEnvoy();
const iptables = process.env.TGW_TEST_IPTABLES;

interface Chain {
  readonly filter_chain_match?: { readonly prefix_ranges?: readonly { readonly address_prefix: string }[] };
  readonly filters: readonly unknown[];
}

describePart("transparent", envoyPath === undefined ? undefined : realConsul("1.22.3"), (consulPath) => {
  let stage: ConsulStage;
  let sidecar: Sidecar;

  /** The virtual IP of a linked service, as the gateway's entry has it. */
  const virtualIp = async (service: string): Promise<string | undefined> => {
    const [entry] = (await stage.consul.call("GET", `/v1/health/connect/${service}`)) as {
      Service: { TaggedAddresses: Record<string, { Address: string }> };
    }[];
    return entry?.Service.TaggedAddresses[`consul-virtual:${service}`]?.Address;
  };
  const admin = async (path: string): Promise<{ configs?: readonly Record<string, unknown>[] } & object> =>
    (await fetch(`http://127.0.0.1:${AGENT + 3}${path}`)).json() as Promise<object>;
  /** Filter chains of the sidecar's outbound listener for this address. */
  const chainsFor = async (ip: string): Promise<readonly Chain[]> => {
    const { configs = [] } = await admin("/config_dump?resource=dynamic_listeners");
    const listeners = configs.map((each) => (each as Dumped).active_state?.listener);
    const outbound = listeners.find((each) => each?.name.startsWith("outbound_listener"));
    const matches = (chain: Chain) =>
      chain.filter_chain_match?.prefix_ranges?.some((each) => each.address_prefix === ip);
    return (outbound?.filter_chains ?? []).filter(matches);
  };
  const call = (ip: string, ms = 2_000): Promise<{ status: number; body: string }> =>
    new Promise((resolve) => {
      const asked = request({ host: ip, port: 80, path: "/some/path", agent: false, timeout: ms }, (answer) => {
        let body = "";
        answer.on("data", (chunk) => {
          body += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
      });
      asked.on("timeout", () => asked.destroy());
      asked.on("error", () => resolve({ status: 0, body: "" }));
      asked.end();
    });

  beforeAll(async () => {
    stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old: false, portBase: PORT_BASE });
    await stage.declare();
    await stage.intend("web", "billing", "allow");
    const runtime = await stage.start();
    await eventually(() => runtime.status().filter(({ state }) => state === "ready").length === 3, 20_000);
    const agent = { consulPath, envoyPath: envoyPath ?? "", server: stage.consul, serverPortBase: PORT_BASE + 10 };
    sidecar = await startSidecar({ ...agent, portBase: AGENT, service: "web", upstreams: [], outboundPort: OUTBOUND });
  });
  afterAll(async () => {
    await sidecar?.stop();
    await stage?.stop();
  });

  test("each linked service has a virtual IP at the gateway's own entry", async () => {
    const ips = await Promise.all(["billing", "partner", "banner"].map(virtualIp));
    for (const ip of ips) expect(ip).toMatch(/^240\.0\.0\.\d+$/);
    expect(new Set(ips).size).toBe(3);
  });

  test("the sidecar leads connections to that address through the gateway, for what it may call alone", async () => {
    const billing = (await virtualIp("billing")) ?? "";
    await eventually(async () => (await chainsFor(billing)).length === 1, 20_000);
    const sni = /"(billing\.default\.dc1\.internal\.[^"]+)"/;
    const cluster = sni.exec(JSON.stringify(await chainsFor(billing)))?.[1] ?? "";
    const clusters = (await admin("/clusters?format=json")) as { cluster_statuses: readonly Cluster[] };
    const hosts = clusters.cluster_statuses.find(({ name }) => name === cluster)?.host_statuses;
    expect(hosts?.map(({ address }) => address.socket_address)).toEqual([
      { address: "127.0.0.1", port_value: PORT_BASE },
    ]);
    expect(await chainsFor((await virtualIp("banner")) ?? "")).toEqual([]);
  });

  // Not "skipped" elsewhere: under CI a skipped test is a missing real part, and this one asks for a namespace, not for a part.
  const testRedirected = iptables === undefined ? () => undefined : test;
  testRedirected("a connection that is redirected reaches the service", async () => {
    const run = (command: string, ...args: string[]) => execFileSync(command, args);
    run("ip", "route", "add", "240.0.0.0/4", "dev", "lo", "src", "127.0.0.1");
    const rule = ["OUTPUT", "-p", "tcp", "-d", "240.0.0.0/4", "-j", "REDIRECT", "--to-ports", String(OUTBOUND)];
    run(iptables ?? "", "-t", "nat", "-A", ...rule);
    try {
      const billing = (await virtualIp("billing")) ?? "";
      await eventually(async () => (await call(billing)).status === 200, 20_000);
      expect(JSON.parse((await call(billing)).body)).toMatchObject({ service: "billing", path: "/some/path" });
      await stage.intend("web", "billing", "deny");
      await eventually(async () => (await call(billing)).status !== 200, 20_000);
    } finally {
      run(iptables ?? "", "-t", "nat", "-D", ...rule);
      run("ip", "route", "del", "240.0.0.0/4", "dev", "lo");
    }
  });
});

interface Dumped {
  readonly active_state?: { readonly listener?: { readonly name: string; readonly filter_chains?: readonly Chain[] } };
}

interface Cluster {
  readonly name: string;
  readonly host_statuses?: readonly { readonly address: { readonly socket_address: object } }[];
}
