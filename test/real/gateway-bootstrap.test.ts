// What gateway options add to a real Envoy's bootstrap, and where its admin interface is.
import { execFileSync } from "node:child_process";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatewayProps } from "../../src/model/props";
import { COMMANDS } from "../../src/runtime/options/log-format";
import { dial, request } from "../../tools/demo/mesh-client";
import type { World } from "../../tools/demo/world";
import { declare } from "../support/options";
import { describePart, realEnvoy } from "../support/real-parts";
import { eventually, type Rig, startRig } from "../support/rig";

jest.setTimeout(60_000);

const dumped = async (rig: Rig): Promise<string> => JSON.stringify(await rig.runtime.admin?.configDump());

/** GET http://127.0.0.1:<port><path> with these headers: status and body. */
const fetchPage = (port: number, path: string, headers: Record<string, string> = {}, method = "GET") =>
  new Promise<string>((resolve, reject) => {
    const outgoing = get(
      { host: "127.0.0.1", port, path, headers, method, agent: false },
      (response: IncomingMessage) => {
        let body = "";
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => resolve(`${response.statusCode} ${body}`));
      },
    );
    outgoing.on("error", reject);
  });

describePart("Envoy's bootstrap", realEnvoy(), (envoy) => {
  const BASE = 24_040;
  let rig: Rig;
  let statsd: UdpSocket;
  let collector: Server;
  const metrics: string[] = [];
  const spans: string[] = [];

  const cluster = (name: string, port: number) => ({
    ...{ name, type: "STATIC", connect_timeout: "1s" },
    load_assignment: {
      cluster_name: name,
      endpoints: [
        { lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } }] },
      ],
    },
  });
  const TYPE = "type.googleapis.com/envoy";
  const listener = {
    name: "extra",
    address: { socket_address: { address: "127.0.0.1", port_value: BASE + 7 } },
    filter_chains: [
      {
        filters: [
          {
            name: "tcp",
            typed_config: {
              "@type": `${TYPE}.extensions.filters.network.tcp_proxy.v3.TcpProxy`,
              ...{ stat_prefix: "extra", cluster: "collector" },
            },
          },
        ],
      },
    ],
  };
  const tracing = {
    http: {
      name: "envoy.tracers.zipkin",
      typed_config: {
        "@type": `${TYPE}.config.trace.v3.ZipkinConfig`,
        ...{ collector_cluster: "collector", collector_endpoint: "/spans", collector_endpoint_version: "HTTP_JSON" },
      },
    },
  };
  const options = {
    envoy_extra_static_clusters_json: JSON.stringify(cluster("collector", BASE + 8)),
    envoy_extra_static_listeners_json: JSON.stringify(listener),
    envoy_statsd_url: `udp://127.0.0.1:${BASE + 9}`,
    envoy_stats_flush_interval: "0.5s",
    envoy_stats_tags: ["team=payments"],
    envoy_tracing_json: JSON.stringify(tracing),
    envoy_prometheus_bind_addr: `127.0.0.1:${BASE + 10}`,
    envoy_stats_bind_addr: `127.0.0.1:${BASE + 11}`,
  };
  const api = (world: World): GatewayProps["services"] => [
    {
      ...{ name: "api", address: "127.0.0.1", port: world.portBase + 6, protocol: "http", allowFrom: ["web"] },
      tls: { caFile: `${world.dir}/ca.pem`, sni: "api.external.test" },
    },
  ];

  beforeAll(async () => {
    statsd = createSocket("udp4", (message) => void metrics.push(message.toString()));
    await new Promise<void>((resolve) => statsd.bind(BASE + 9, "127.0.0.1", resolve));
    collector = createServer((incoming, response) => {
      let body = "";
      incoming.on("data", (chunk) => {
        body += chunk;
      });
      incoming.on("end", () => {
        spans.push(`${incoming.url} ${body}`);
        response.end("collected");
      });
    });
    await new Promise<void>((resolve) => collector.listen(BASE + 8, "127.0.0.1", resolve));
    rig = await startRig(envoy, BASE, (world) => declare(world, options, api(world)));
  });
  afterAll(async () => {
    await rig?.stop();
    statsd?.close();
    collector?.closeAllConnections();
    collector?.close();
  });

  test("a static listener leads to a static cluster", async () => {
    expect(await fetchPage(BASE + 7, "/through")).toBe("200 collected");
  });

  test("metrics go to StatsD, with the labels", async () => {
    await eventually(() => metrics.some((each) => each.includes("envoy.server.live:1|g")), 10_000);
    expect(await fetchPage(BASE + 10, "/metrics")).toMatch(/envoy_server_live\{team="payments"\} 1/);
  });

  test("metrics are read, and nothing else of the admin interface", async () => {
    expect(await fetchPage(BASE + 11, "/stats")).toContain("server.live: 1");
    expect(await fetchPage(BASE + 11, "/stats/prometheus?filter=server.live")).toContain("envoy_server_live");
    for (const path of ["/config_dump", "/stats/../config_dump", "/stats/%2e%2e/config_dump", "/", "/certs"]) {
      expect(await fetchPage(BASE + 11, path)).toMatch(/^404/);
      expect(await fetchPage(BASE + 10, path)).toMatch(/^404/);
    }
    expect(await fetchPage(BASE + 11, "/stats%2f..%2fquitquitquit")).toMatch(/^400/);
    expect(await fetchPage(BASE + 11, "/stats", {}, "POST")).toMatch(/^404/);
  });

  test("a request that the caller has chosen to trace is traced, others are not", async () => {
    const web = await rig.caller("web");
    await eventually(async () => (await request(web, rig.to("api"), "/a").catch(() => undefined))?.status === 200);
    spans.length = 0;
    expect((await request(web, rig.to("api"), "/quiet")).status).toBe(200);
    await request(web, rig.to("api"), "/loud", { headers: ["x-client-trace-id: 7"] });
    await eventually(() => spans.some((each) => each.includes("/loud")), 10_000);
    expect(spans.join()).not.toContain("/quiet");
  });

  test("changed while it runs, it is told to count after a restart", async () => {
    rig.apply(declare(rig.world, { ...options, envoy_stats_tags: ["team=other"] }, api(rig.world)));
    await eventually(() => rig.lines.some(({ message }) => message.includes("they count after a restart")));
    // A listener of the gateway cannot take the port of a static one.
    const inner = { address: "127.0.0.1", port: BASE + 7 };
    rig.apply(declare(rig.world, { envoy_gateway_bind_addresses: { inner } }, api(rig.world)));
    const says = (text: string) => rig.lines.some(({ fields }) => String(fields.reason).includes(text));
    await eventually(() => says("which the static listener extra has"));
    expect(await fetchPage(BASE + 7, "/through")).toBe("200 collected");
  });
});

describePart("a part that Envoy does not take", realEnvoy(), (envoy) => {
  test("is left out with Envoy's reason, and the gateway serves", async () => {
    const broken = JSON.stringify({ name: "a", type: "STATIC", connect_timeout: "soon" });
    const rig = await startRig(envoy, 24_060, (world) => declare(world, { envoy_extra_static_clusters_json: broken }));
    try {
      expect(await dumped(rig)).not.toContain("soon");
      const said = rig.lines.filter(({ message }) => message.includes("does not take"));
      expect(said.map(({ level, fields }) => `${level} ${fields.reason}`)).toEqual([
        expect.stringMatching(/^error Unable to parse JSON .*connect_timeout/),
      ]);
      expect(rig.runtime.view().options).toEqual([
        {
          ...{ option: "options of Envoy's bootstrap", level: "error" },
          reason: expect.stringMatching(/^Envoy does not take them and runs without all of them: .*connect_timeout/),
        },
      ]);
      const open = await dial(await rig.caller("web"), rig.to("steady"));
      await open.until((text) => text.startsWith("220"));
      open.close();
    } finally {
      await rig.stop();
    }
  });
});

describePart("the admin interface", realEnvoy(), (envoy) => {
  const flags = { proxyConfig: {}, allowPublic: false };

  test("on a TCP port of loopback, where metrics are read from as well", async () => {
    const admin = { address: "127.0.0.1", port: 24_087 };
    const metrics = { envoy_prometheus_bind_addr: "127.0.0.1:24088" };
    const rig = await startRig(envoy, 24_080, (world) => declare(world, metrics), { flags: { ...flags, admin } });
    try {
      expect(await fetchPage(24_087, "/ready")).toBe("200 LIVE\n");
      expect(await fetchPage(24_088, "/metrics")).toContain("envoy_server_live");
      expect(existsSync(rig.runtime.runDir.adminSocket)).toBe(false);
      await rig.runtime.stop();
      await expect(fetchPage(24_087, "/ready")).rejects.toThrow("ECONNREFUSED");
    } finally {
      await rig.stop();
    }
  });

  test("on a socket of one's own choice, for the owner alone; another file is left where it is", async () => {
    const dir = mkdtempSync(join(tmpdir(), "tgw-admin-"));
    const admin = join(dir, "a.sock");
    try {
      const rig = await startRig(envoy, 24_100, (world) => declare(world), { flags: { ...flags, admin } });
      expect(lstatSync(admin).isSocket()).toBe(true);
      expect(lstatSync(admin).mode & 0o777).toBe(0o600);
      expect(existsSync(rig.runtime.runDir.adminSocket)).toBe(false);
      await rig.stop();
      rmSync(admin, { force: true });
      writeFileSync(admin, "notes");
      await expect(startRig(envoy, 24_100, (world) => declare(world), { flags: { ...flags, admin } })).rejects.toThrow(
        "is there and is no socket",
      );
      expect(readFileSync(admin, "utf8")).toBe("notes");
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describePart("access log formats", realEnvoy("1.37.0"), (oldest) => {
  test("the oldest supported Envoy takes every command that is let through", () => {
    const { bare, either, named } = COMMANDS;
    const commands = [...bare, ...either, ...named.map((name) => `${name}(X-A)`), "REQ(X-A?:PATH):20"];
    const inline_string = commands.map((command) => `%${command}%`).join(" ");
    const type = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog";
    const typed_config = { "@type": type, path: "/dev/null", log_format: { text_format_source: { inline_string } } };
    const dir = mkdtempSync(join(tmpdir(), "tgw-log-"));
    const file = join(dir, "b.json");
    writeFileSync(file, JSON.stringify({ admin: { access_log: [{ name: "f", typed_config }] } }));
    try {
      execFileSync(oldest, ["--mode", "validate", "-c", file, "--log-level", "error"], { stdio: "pipe" });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
