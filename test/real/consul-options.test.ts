// Gateway options that are said in Consul, on real servers and a real Envoy: proxy-defaults, the gateway's own entry in the
// catalog, the mesh entry. The same on the oldest and the newest server, as far as the oldest knows it.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import type { Runtime } from "../../src/runtime/run";
import { type Caller, type Dial, dial, request } from "../../tools/demo/mesh-client";
import { BANNER } from "../../tools/demo/world";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 24_100 },
  { version: "1.8.19", old: true, portBase: 24_140 },
] as const;

jest.setTimeout(120_000);

const envoyPath = realEnvoy();

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("options", envoyPath === undefined ? undefined : realConsul(version), (consulPath) => {
    let stage: ConsulStage;
    let runtime: Runtime;
    let web: Caller;
    let banner: Dial;
    const flags = { wanAddress: `127.0.0.4:${portBase + 20}` };

    const defaults = (Config: object, more: object = {}) =>
      stage.consul.call("PUT", "/v1/config", { Kind: "proxy-defaults", Name: "global", Config, ...more });
    const said = (text: string) => stage.lines.filter(({ fields }) => String(fields.reason).includes(text));
    const dump = async (): Promise<string> => JSON.stringify(await runtime.admin?.configDump());
    const serves = async (host = "127.0.0.1", port: number = portBase): Promise<boolean> => {
      const open = await dial(web, { ...banner, host, port, timeoutMs: 1000 }).catch(() => undefined);
      const text = await open?.until((all) => all.includes("\n"), 1000).catch(() => "");
      open?.close();
      return text?.startsWith(BANNER.trim()) === true;
    };
    /** TLS version of a connection that may speak no newer one. */
    const speaks = (maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<string> =>
      new Promise((resolve) => {
        const { host, port, sni: servername } = banner;
        const client = { host, port, servername, maxVersion, rejectUnauthorized: false };
        const socket = connect({ ...client, ca: web.ca, cert: web.cert, key: web.key }, () => {
          resolve(String(socket.getProtocol()));
          socket.destroy();
        });
        socket.on("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
      });

    beforeAll(async () => {
      stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old, portBase });
      await stage.declare();
      await stage.intend("web", "banner", "allow");
      await stage.intend("web", "billing", "allow");
      web = await stage.caller("web");
      banner = await stage.to("banner");
      const cluster = { name: "to-x", type: "STATIC" };
      await defaults({
        protocol: "tcp",
        connect_timeout_ms: 3100,
        envoy_gateway_bind_tagged_addresses: true,
        envoy_public_listener_json: "{}",
        envoy_extra_static_clusters_json: JSON.stringify(cluster),
        envoy_stats_tags: ["team=payments"],
      });
      runtime = await stage.start(flags);
      await eventually(() => serves(), 20_000);
    });
    afterAll(() => stage?.stop());

    test("proxy-defaults count from the start, and what would weaken the gateway is left out with the reason", async () => {
      const now = await dump();
      expect(now).toContain('"connect_timeout":"3.100s"');
      expect(now).toContain('"fixed_value":"payments"');
      expect(now).not.toContain('"name":"to-x"');
      expect(said("to-x").map(({ level }) => level)).toEqual(["error"]);
      expect(said("to-x")[0]?.fields.reason).toContain("proxy-defaults.Config.envoy_extra_static_clusters_json.name");
      // It is for the sidecars of the mesh, and right there.
      expect(said("envoy_public_listener_json").map(({ level }) => level)).toEqual(["info"]);
      const inStatus = runtime.view().options.map(({ option, level }) => `${level} ${option}`);
      expect(inStatus).toEqual([
        "info proxy-defaults.Config.envoy_public_listener_json",
        "error proxy-defaults.Config.envoy_extra_static_clusters_json.name",
      ]);
    });

    test("it listens on its tagged addresses", async () => {
      await eventually(() => serves("127.0.0.4", portBase + 20));
    });

    test("proxy-defaults change live, and a wrong value costs nothing", async () => {
      const open = await dial(web, banner);
      const bind = { address: "127.0.0.5", port: portBase + 21 };
      await defaults({ connect_timeout_ms: "soon", envoy_gateway_bind_addresses: { inner: bind } });
      await eventually(() => serves("127.0.0.5", portBase + 21), 10_000);
      await eventually(async () => !(await serves("127.0.0.4", portBase + 20)));
      expect(await dump()).toContain('"connect_timeout":"3.100s"');
      expect(said("its last good value stays").map(({ level }) => level)).toEqual(["error"]);
      expect(stage.lines.some(({ message }) => message.includes("they count after a restart"))).toBe(true);
      expect(runtime.view().options).toEqual([
        {
          ...{ option: "proxy-defaults.Config.connect_timeout_ms", level: "error" },
          reason: expect.stringMatching(/^got .*soon.*; its last good value stays$/),
        },
        {
          ...{ option: "options of Envoy's bootstrap", level: "warn" },
          reason: "changed since Envoy was started: they count after a restart of the gateway",
        },
      ]);
      expect(open.ended()).toBe(false);
      open.close();
    });

    test("Proxy.Config of its own entry wins over proxy-defaults, and registering leaves it there", async () => {
      const entry = async () => {
        const [found] = (await stage.consul.call("GET", "/v1/catalog/service/egress")) as {
          ServiceProxy: { Config?: object };
          ServiceMeta: object;
        }[];
        return found;
      };
      // Before there is an entry, nothing can be written into it.
      await eventually(() => runtime.view().registration?.state === "registered", 20_000);
      const Config = { connect_timeout_ms: 3300, envoy_gateway_remote_tcp_enable_keepalive: true };
      await stage.consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: "egress-a", Address: "127.0.0.1", SkipNodeUpdate: true },
        Service: {
          ...{ ID: "egress-a", Service: "egress", Kind: "terminating-gateway", Address: "127.0.0.1", Port: portBase },
          Proxy: { Config },
        },
      });
      await eventually(async () => (await dump()).includes('"connect_timeout":"3.300s"'), 25_000);
      expect(await dump()).toContain('"tcp_keepalive":{}');
      // Registered anew: what is its own is there again.
      await eventually(async () => Object.keys((await entry())?.ServiceMeta ?? {}).includes("tgw-version"), 25_000);
      expect((await entry())?.ServiceProxy.Config).toEqual(Config);
      await eventually(() => serves("127.0.0.5", portBase + 21));
    });

    test("restarted while Consul is away, the options hold", async () => {
      await runtime.stop();
      const file = join(stage.dir, "state/egress/central-config.json");
      expect(statSync(file).mode & 0o777).toBe(0o600);
      await stage.consul.kill();
      runtime = await stage.start(flags);
      await eventually(() => serves("127.0.0.5", portBase + 21), 20_000);
      expect(await dump()).toContain('"connect_timeout":"3.300s"');
      expect(runtime.view().consul).toMatchObject({ state: "away", lastGood: { of: expect.any(String) } });
      await stage.consul.start();
      // Stopping took the entry out; what somebody else wrote there comes back with it.
      await eventually(async () => {
        const [found] = (await stage.consul.call("GET", "/v1/catalog/service/egress")) as { ServiceProxy: object }[];
        return JSON.stringify(found ?? {}).includes("3300");
      }, 60_000);
    });

    if (old) {
      test("a server without mesh entries and access logs is no problem", () => {
        const told = stage.lines.filter(({ level, message }) => level !== "debug" && /mesh|access log/.test(message));
        expect(told).toEqual([]);
      });
      return;
    }

    test("the mesh entry raises the least TLS version, live and on the wire, and lowers nothing", async () => {
      expect([await speaks("TLSv1.2"), await speaks("TLSv1.3")]).toEqual(["TLSv1.2", "TLSv1.3"]);
      await stage.consul.call("PUT", "/v1/config", { Kind: "mesh", TLS: { Incoming: { TLSMinVersion: "TLSv1_3" } } });
      await eventually(async () => (await speaks("TLSv1.2")) === "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", 10_000);
      expect(await speaks("TLSv1.3")).toBe("TLSv1.3");
      await stage.consul.call("PUT", "/v1/config", {
        Kind: "mesh",
        AllowEnablingPermissiveMutualTLS: true,
        TLS: {
          Incoming: { TLSMinVersion: "TLSv1_0", CipherSuites: ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"] },
        },
      });
      await eventually(async () => (await speaks("TLSv1.2")) === "TLSv1.2", 10_000);
      expect(await dump()).toContain('"cipher_suites":["ECDHE-ECDSA-CHACHA20-POLY1305"]');
      expect(await dump()).not.toContain("TLSv1_0");
      expect(said("mesh.TLS.Incoming.TLSMinVersion").map(({ level }) => level)).toEqual(["warn"]);
      expect(said("mesh.AllowEnablingPermissiveMutualTLS").map(({ level }) => level)).toEqual(["warn"]);
      await stage.consul.call("DELETE", "/v1/config/mesh/mesh");
      await eventually(async () => !(await dump()).includes("CHACHA20"), 10_000);
    });

    test("access logs of proxy-defaults: a line for each request and each connection", async () => {
      const path = join(stage.dir, "access.log");
      const log = (): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
      await defaults({}, { AccessLogs: { Enabled: true, Type: "file", Path: path } });
      await eventually(async () => (await dump()).includes("access.log"), 10_000);
      const billing = await stage.to("billing");
      await eventually(async () => (await request(web, billing, "/paid").catch(() => undefined))?.status === 200);
      await eventually(() => serves());
      await dial(web, { ...billing, sni: "nobody.default.dc1.internal.x.consul", timeoutMs: 500 }).catch(
        () => undefined,
      );
      const lines = (): Record<string, unknown>[] =>
        log()
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line || "{}"));
      await eventually(() => lines().some((line) => line.path === "/paid" && line.response_code === 200), 15_000);
      await eventually(() => lines().some((line) => String(line.upstream_cluster).startsWith("banner.")), 15_000);
      await eventually(() => lines().some((line) => String(line.requested_server_name).startsWith("nobody.")), 15_000);
      await defaults({}, { AccessLogs: { Enabled: true, TextFormat: "%NONSENSE%" } });
      await eventually(() => said("%NONSENSE%").length === 1, 10_000);
      await eventually(() => serves());
      await defaults({});
      await eventually(async () => !(await dump()).includes('"path":"/dev/stdout"'), 10_000);
    });
  });
});
