// Flags and environment → configuration: how the source is chosen, what wins over what, and every mistake at once.
import { type Flags, type Needs, parseConfig, type RuntimeConfig } from "../../../src/runtime/config";

const HOST = { uid: 1000, tmpDir: "/tmp", hostname: "edge 1.example" };
const HOME = { HOME: "/home" };

function parse(flags: Flags, env: Record<string, string> = {}, needs: Needs = "source") {
  return parseConfig(flags, { ...HOME, ...env }, HOST, needs);
}
function good(flags: Flags, env?: Record<string, string>, needs?: Needs): RuntimeConfig {
  const config = parse(flags, env, needs);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  return config.value;
}
function mistakes(flags: Flags, env?: Record<string, string>, needs?: Needs): readonly string[] {
  const config = parse(flags, env, needs);
  return config.ok ? [] : config.error.map(({ path, got }) => `${path}: ${got}`);
}

describe("the source", () => {
  test("is the manifest where nothing names a server", () => {
    expect(good({ manifest: "m.json" })).toEqual({
      ...{ manifest: "m.json", stateDir: "/home/.local/state/consul-terminating-gateway" },
      ...{ runDir: "/tmp/consul-tgw-1000", drainTimeS: 10, restartSilentS: 60, logLevel: "info" },
    });
  });

  test("is Consul where a flag or the environment names a server, with a manifest or without", () => {
    const server = { scheme: "http", host: "127.0.0.1", port: 8500 };
    expect(good({ gateway: "egress", consulAddr: ["127.0.0.1"] }).consul).toEqual({
      ...{ addresses: [server], chosenBy: "--consul-addr", allowPlaintextLeaves: false },
      registration: { replica: "edge-1.example", reapAfterS: 30, esm: false },
      exposure: { binds: [] },
    });
    expect(good({ manifest: "m.json" }, { CONSUL_HTTP_ADDR: "127.0.0.1:8500" })).toMatchObject({
      manifest: "m.json",
      consul: { addresses: [server], chosenBy: "CONSUL_HTTP_ADDR" },
    });
  });

  test("is the manifest with --standalone, and for commands that read manifests only", () => {
    const env = { CONSUL_HTTP_ADDR: "127.0.0.1:8500" };
    expect(good({ manifest: "m.json", standalone: true }, env).consul).toBeUndefined();
    expect(good({ manifest: "m.json" }, env, "manifest").consul).toBeUndefined();
    expect(good({}, env, "running").consul).toBeUndefined();
  });

  test("has to be named: both ways are told", () => {
    const config = parse({ gateway: "egress" });
    expect(config).toEqual({
      ok: false,
      error: [
        {
          path: "--manifest, --consul-addr",
          got: "neither",
          allowed: "a manifest (standalone), or a Consul server with --gateway",
          hint: "pass the manifest of your declaration, or --consul-addr (env CONSUL_HTTP_ADDR) and --gateway <name>",
        },
      ],
    });
    expect(mistakes({}, {}, "manifest")).toEqual(["--manifest: nothing"]);
    expect(mistakes({ consulAddr: ["127.0.0.1"] })).toEqual(["--gateway: nothing"]);
    expect(mistakes({ consulAddr: ["127.0.0.1"], gateway: "../x" })).toEqual(['--gateway: "../x"']);
  });
});

describe("a manifest in Consul's KV store", () => {
  const CONSUL = { CONSUL_HTTP_ADDR: "127.0.0.1" };
  const KV = { CONSUL_TGW_MANIFEST_KV: "from/env" };

  test("is named by a flag or the environment; either flag wins over both variables", () => {
    const env = { ...CONSUL, ...KV };
    expect(good({ gateway: "egress" }, env)).toMatchObject({ manifestKv: "from/env" });
    expect(good({ gateway: "egress", manifestKv: "a/b" }, { ...env, CONSUL_TGW_MANIFEST: "m.json" })).toEqual(
      expect.objectContaining({ manifestKv: "a/b" }),
    );
    expect(good({ gateway: "egress", manifestKv: "a/b" }, { ...CONSUL, CONSUL_TGW_MANIFEST: "m.json" }).manifest).toBe(
      undefined,
    );
    const onDisk = good({ gateway: "egress", manifest: "m.json" }, env);
    expect([onDisk.manifest, onDisk.manifestKv]).toEqual(["m.json", undefined]);
  });

  test("needs a server, the gateway's name, and nothing else beside it", () => {
    expect(mistakes({ gateway: "egress", manifestKv: "a" })).toEqual(["--manifest-kv: no Consul server"]);
    expect(mistakes({ gateway: "egress" }, KV)).toEqual(["CONSUL_TGW_MANIFEST_KV: no Consul server"]);
    expect(mistakes({ manifestKv: "a" }, CONSUL)).toEqual(["--gateway: nothing"]);
    const both = { ...CONSUL, ...KV, CONSUL_TGW_MANIFEST: "m.json" };
    expect(mistakes({ gateway: "egress" }, both)).toEqual(["CONSUL_TGW_MANIFEST_KV: a manifest on disk as well"]);
    expect(mistakes({ gateway: "egress", manifest: "m", manifestKv: "a" }, CONSUL)).toEqual([
      "--manifest-kv: a manifest on disk as well",
    ]);
    for (const key of ["", "/a", "a/", "a\nb", "x".repeat(513)]) {
      expect(mistakes({ gateway: "egress", manifestKv: key }, CONSUL)).toEqual([
        `--manifest-kv: ${JSON.stringify(key)}`,
      ]);
    }
  });

  test("is nothing to commands that read manifests only, and with --standalone", () => {
    expect(good({ manifest: "m.json" }, { ...CONSUL, ...KV }, "manifest").manifestKv).toBeUndefined();
    expect(good({}, { ...CONSUL, ...KV }, "running").manifestKv).toBeUndefined();
    const env = { ...CONSUL, ...KV, CONSUL_TGW_MANIFEST: "m.json" };
    expect(good({ standalone: true }, env)).toMatchObject({ manifest: "m.json" });
    expect(mistakes({ manifest: "m.json", standalone: true, manifestKv: "a" }, CONSUL)).toEqual([
      "--manifest-kv: no Consul server",
      "--manifest-kv: a manifest on disk as well",
    ]);
  });
});

test("the variables of Consul's clients count, and flags win over them", () => {
  const env = {
    ...{ CONSUL_HTTP_ADDR: "consul.example.com", CONSUL_HTTP_SSL: "true", CONSUL_HTTP_TOKEN: "secret" },
    ...{ CONSUL_HTTP_TOKEN_FILE: "/t", CONSUL_CACERT: "/ca", CONSUL_CLIENT_CERT: "/c", CONSUL_CLIENT_KEY: "/k" },
    ...{ CONSUL_TLS_SERVER_NAME: "server.dc1.consul", CONSUL_NAMESPACE: "team", CONSUL_PARTITION: "edge" },
  };
  expect(good({ gateway: "egress" }, env).consul).toMatchObject({
    addresses: [{ scheme: "https", host: "consul.example.com", port: 8501 }],
    ...{ token: "secret", tokenFile: { path: "/t", from: "CONSUL_HTTP_TOKEN_FILE" } },
    ...{ caFile: { path: "/ca" }, clientCert: { path: "/c" }, clientKey: { path: "/k" } },
    ...{ serverName: "server.dc1.consul", namespace: "team", partition: "edge" },
  });
  const flags: Flags = {
    ...{ gateway: "egress", consulAddr: ["https://a", "https://b:1"], tokenFile: "/t2", caFile: "/ca2" },
    ...{
      tlsServerName: "s",
      namespace: "n",
      partition: "p",
      datacenter: "dc2",
      replica: "two",
      reapAfter: "0",
      esm: true,
    },
  };
  expect(good(flags, env).consul).toMatchObject({
    addresses: [{ host: "a" }, { host: "b", port: 1 }],
    ...{ tokenFile: { path: "/t2", from: "--token-file" }, caFile: { path: "/ca2", from: "--ca-file" } },
    ...{ serverName: "s", namespace: "n", partition: "p", datacenter: "dc2" },
    registration: { replica: "two", reapAfterS: 0, esm: true },
  });
});

test("every mistake is told at once, and no secret", () => {
  const flags: Flags = {
    ...{
      consulAddr: ["http://user:hunter2@x", "http://10.0.0.1:8500"],
      clientCert: "/c",
      replica: "a b",
      reapAfter: "29",
    },
    ...{ address: "a b", port: "0", bindAddress: ["host.example", "1.2.3.4", "5.6.7.8"], drainTime: "x" },
    restartSilentEnvoy: "-1",
  };
  const found = mistakes(flags, { CONSUL_HTTP_SSL_VERIFY: "false", CONSUL_HTTP_TOKEN: "hunter3" });
  expect(found).toEqual([
    "--consul-addr: 21 characters that are no such address",
    "--consul-addr: http:// to another host",
    "CONSUL_HTTP_SSL_VERIFY: a server that is not verified",
    "--client-cert: one without the other",
    '--replica: "a b"',
    '--reap-after: "29"',
    '--port: "0"',
    '--address: "a b"',
    '--bind-address: "host.example"',
    "--bind-address: a name twice",
    "--gateway: nothing",
    '--drain-time: "x"',
    '--restart-silent-envoy: "-1"',
  ]);
});

test("plaintext to another host is a choice of its own", () => {
  const flags: Flags = { gateway: "egress", consulAddr: ["http://10.0.0.1:8500"], allowPlaintextLeaves: true };
  expect(good(flags).consul).toMatchObject({ addresses: [{ host: "10.0.0.1" }], allowPlaintextLeaves: true });
});

test("flags that only Consul can use are refused without it", () => {
  expect(mistakes({ manifest: "m.json", tokenFile: "/t", address: "10.0.0.1" })).toEqual([
    "--token-file: no Consul server",
    "--address: no Consul server",
  ]);
});

test("a local agent is on this host or behind TLS, and looks after the replica by time alone", () => {
  const flags: Flags = { gateway: "egress", consulAddr: ["https://a"] };
  expect(good({ ...flags, localAgent: "127.0.0.1:8500" }).consul?.registration.agent).toEqual({
    ...{ scheme: "http", host: "127.0.0.1", port: 8500 },
  });
  expect(mistakes({ ...flags, localAgent: "http://10.0.0.1" })).toEqual(["--local-agent: http:// to another host"]);
  expect(mistakes({ ...flags, localAgent: "ftp://x" })).toEqual([
    "--local-agent: 7 characters that are no such address",
  ]);
  expect(mistakes({ ...flags, localAgent: "unix:///sock", reapAfter: "0" })).toEqual([
    "--reap-after: 0 with --local-agent",
  ]);
  expect(mistakes({ ...flags, localAgent: "unix:///sock", esm: true })).toEqual(["--esm: together with --local-agent"]);
  expect(mistakes({ manifest: "m", localAgent: "127.0.0.1" })).toEqual(["--local-agent: no Consul server"]);
});
