// `consul-tgw run` as a user types it: flags for Envoy and for options, what is refused, and where access logs go.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describePart, realEnvoy } from "../support/real-parts";
import { eventually, manifestText } from "../support/rig";

const PORT = 24_200;
const ADMIN = PORT + 7;
const PAGE = PORT + 8;
const CLI = join(__dirname, "../../bin/consul-tgw.js");
const TYPE = "type.googleapis.com/envoy.extensions";

/** Answers by itself and logs each request to standard output. */
const LISTENER = {
  name: "page",
  address: { socket_address: { address: "127.0.0.1", port_value: PAGE } },
  filter_chains: [
    {
      filters: [
        {
          name: "http",
          typed_config: {
            "@type": `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
            stat_prefix: "page",
            access_log: [
              {
                name: "stdout",
                typed_config: {
                  "@type": `${TYPE}.access_loggers.stream.v3.StdoutAccessLog`,
                  log_format: { text_format_source: { inline_string: "asked for %REQ(:PATH)%\n" } },
                },
              },
            ],
            route_config: {
              virtual_hosts: [
                {
                  ...{ name: "page", domains: ["*"] },
                  routes: [
                    { match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: "here" } } },
                  ],
                },
              ],
            },
            http_filters: [{ name: "router", typed_config: { "@type": `${TYPE}.filters.http.router.v3.Router` } }],
          },
        },
      ],
    },
  ],
};

describePart("consul-tgw run", realEnvoy(), (envoyPath) => {
  let dir: string;
  let child: ChildProcess | undefined;

  const declare = (bind: object): string => {
    const path = join(dir, "manifest.json");
    writeFileSync(path, manifestText({ name: "egress", datacenter: "dc1", bind: { port: PORT, ...bind } }));
    return path;
  };
  const places = () => ["--state-dir", join(dir, "state"), "--run-dir", join(dir, "run"), "--envoy-path", envoyPath];
  const options = { env: { PATH: process.env.PATH ?? "" } };
  const runOnce = (command: string, ...args: string[]) =>
    spawnSync(process.execPath, [CLI, command, ...args], { ...options, encoding: "utf8", timeout: 20_000 });
  const ask = async (port: number, path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).text();

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "tgw-run-"));
  });
  afterEach(async () => {
    if (child?.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
    child = undefined;
    rmSync(dir, { recursive: true, force: true });
  });

  test("takes options and Envoy's own arguments; access logs are on standard output, and nothing else is", async () => {
    const args = ["run", "--manifest", declare({}), ...places(), "--concurrency", "1", "--drain-time", "0"];
    const flags = [
      ...["--admin-bind", `localhost:${ADMIN}`, "--proxy-config", "envoy_stats_tags=team=payments"],
      ...["--proxy-config", `envoy_extra_static_listeners_json=${JSON.stringify(LISTENER)}`],
    ];
    child = spawn(process.execPath, [CLI, ...args, ...flags, "--", "--log-level", "info"], {
      ...options,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let out = "";
    child.stdout?.on("data", (chunk) => {
      out += chunk;
    });
    await eventually(async () => (await ask(ADMIN, "/ready").catch(() => "")) === "LIVE\n", 20_000);
    const { command_line_options: envoy } = JSON.parse(await ask(ADMIN, "/server_info"));
    expect(envoy).toMatchObject({ log_level: "info", concurrency: 1 });
    expect(await ask(PAGE, "/a")).toBe("here");
    expect(await ask(ADMIN, "/stats/prometheus?filter=server.live")).toContain('envoy_server_live{team="payments"} 1');
    await eventually(() => out !== "", 15_000);
    expect(out).toBe("asked for /a\n");
  }, 60_000);

  test("whoever read the access logs may go away: the gateway stays", async () => {
    const args = ["run", "--manifest", declare({}), ...places(), "--concurrency", "1", "--drain-time", "0"];
    const flags = ["--proxy-config", `envoy_extra_static_listeners_json=${JSON.stringify(LISTENER)}`];
    child = spawn(
      process.execPath,
      [CLI, ...args, ...flags, "--admin-bind", `:${ADMIN}`, "--", "--file-flush-interval-msec", "50"],
      {
        ...options,
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    await eventually(async () => (await ask(ADMIN, "/ready").catch(() => "")) === "LIVE\n", 20_000);
    child.stdout?.destroy();
    // More than a pipe holds.
    const path = `/${"a".repeat(4000)}`;
    for (let request = 0; request < 200; request += 1) {
      expect(await ask(PAGE, path)).toBe("here");
      if (request < 4) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const written = async (): Promise<string> => ask(ADMIN, "/stats?filter=filesystem.write_total_buffered");
    await eventually(async () => (await written()).trim().endsWith(": 0"), 10_000);
    expect(child.exitCode).toBeNull();
  }, 60_000);

  test("a public address needs a word", () => {
    const path = declare({ address: "203.0.113.9", allowPublic: true });
    writeFileSync(path, readFileSync(path, "utf8").replace(/\s*"allowPublic": true,/, ""));
    const { status, stderr } = runOnce("run", "--manifest", path, ...places());
    expect([status, stderr]).toEqual([2, expect.stringContaining("--allow-public-bind")]);
  });

  test.each([
    ["an admin interface that other hosts reach", ["--admin-bind", "0.0.0.0:19000"], "--allow-remote-admin"],
    [
      "an option that goes round mutual TLS",
      ["--proxy-config", 'envoy_extra_static_clusters_json={"name":"xds"}'],
      "gateway's own clusters",
    ],
    ["a misspelt option", ["--proxy-config", "connect_timeot_ms=1"], 'did you mean "connect_timeout_ms"?'],
  ])("%s is refused", (_what, flags, hint) => {
    const { status, stderr } = runOnce("run", "--manifest", declare({}), ...places(), ...flags);
    expect([status, stderr]).toEqual([2, expect.stringContaining(hint)]);
  });

  test("bootstrap prints the options for an Envoy that others start, and says what it does not know", () => {
    const flags = ["--proxy-config", "envoy_stats_tags=team=payments", "--admin-bind", "/tmp/a.sock"];
    const where = places().slice(0, 4);
    const standalone = runOnce("bootstrap", "--manifest", declare({}), ...where, ...flags);
    expect([standalone.status, standalone.stderr]).toEqual([0, ""]);
    expect(JSON.parse(standalone.stdout)).toMatchObject({
      admin: { address: { pipe: { path: "/tmp/a.sock", mode: 0o600 } } },
      stats_config: { stats_tags: [{ tag_name: "team", fixed_value: "payments" }] },
    });
    const onConsul = runOnce("bootstrap", "--consul-addr", "127.0.0.1:9", "--gateway", "egress", ...where, ...flags);
    expect([onConsul.status, onConsul.stderr]).toEqual([0, expect.stringContaining("Consul, which is not asked here")]);
    expect(JSON.parse(onConsul.stdout)).toHaveProperty("stats_config");
  });
});
