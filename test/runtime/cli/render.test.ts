// `consul-tgw render`: the files of each form from a manifest or from flags alone, where they go, and what is wrong with a call.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { CONSUL_FLAGS } from "../../../src/launch/consul-options";
import { LAUNCH_FORMS, type LaunchForm } from "../../../src/launch/render-launch";
import { decodeManifest } from "../../../src/model/manifest-decode";
import { main } from "../../../src/runtime/cli";
import { manifestText, service } from "../../launch/gateways";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tgw-render-"));
  writeFileSync(join(dir, "manifest.json"), manifestText());
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function run(...args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const spies = [
    jest.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0),
    jest.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text)) > 0),
  ];
  const code = await main(["render", ...args]).finally(() => spies.map((each) => each.mockRestore()));
  return { code, out: out.join(""), err: err.join("") };
}

interface Files {
  readonly files: readonly { readonly path: string; readonly mode: string; readonly content: string }[];
}
async function files(form: LaunchForm, ...args: readonly string[]): Promise<Files["files"]> {
  const { code, out, err } = await run(form, "--json", ...args);
  expect([code, err]).toEqual([0, ""]);
  return (JSON.parse(out) as Files).files;
}
const declared = (): readonly string[] => ["--manifest", join(dir, "manifest.json")];
const ON_CONSUL = ["--gateway", "egress", "--consul-addr", "https://c1:8501"];

test("the usage names every form, and a form's usage its flags", async () => {
  const usage = await run("--help");
  for (const form of LAUNCH_FORMS) expect(usage.out).toContain(`\n  ${form} [options]`);
  expect((await run("nomad", "--help")).out).toMatch(/--token-variable <path:item>[\s\S]*--consul-addr <url>/);
});

test.each(LAUNCH_FORMS)("%s: every flag of Consul's that the usage names is one that is rendered", async (form) => {
  const { out } = await run(form, "--help");
  const groups = out.slice(out.indexOf("\nConsul:\n"));
  const known = [...new Set(Object.values(CONSUL_FLAGS)), "--standalone", "--token-file", "--port"];
  expect([...groups.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag).toSorted()).toEqual(known.toSorted());
});

test("a manifest that is delivered by Consul's KV store is followed there, and needs the servers", async () => {
  writeFileSync(join(dir, "manifest.json"), manifestText({ gateway: { delivery: "kv" } }));
  const without = await run("shell", ...declared());
  expect(without.code).toBe(2);
  expect(without.err).toMatch(/^--consul-addr: got nothing, and a manifest that is delivered by Consul's KV store/);
  const script = await run("shell", ...declared(), "--consul-addr", "https://c1:8501", "--address", "10.0.0.5");
  expect(script.out).toContain(
    "\nexec consul-tgw run --gateway egress --consul-addr https://c1:8501 " +
      "--manifest-kv consul-terminating-gateway/egress --datacenter dc1 --address 10.0.0.5:8443 --bind-address 0.0.0.0:8443\n",
  );
  const named = await run("shell", ...ON_CONSUL, "--manifest-kv", "a/b");
  expect(named.out).toContain("run --gateway egress --consul-addr https://c1:8501 --manifest-kv a/b\n");
  const both = await run("shell", ...declared(), "--consul-addr", "https://c1:8501", "--manifest-kv", "a/b");
  expect(both).toMatchObject({ code: 2, err: expect.stringMatching(/^--manifest-kv: got a manifest on disk as well/) });
});

test("one file is printed as it is, several under their names", async () => {
  const one = await run("shell", ...ON_CONSUL, "--stop", "1");
  expect(one.code).toBe(2);
  const script = await run("shell", ...ON_CONSUL);
  expect(script.out).toBe(`#!/bin/sh
# Runs a Consul terminating gateway in the foreground. SIGTERM drains and stops it, SIGHUP reads the manifest anew.
set -eu
exec consul-tgw run --gateway egress --consul-addr https://c1:8501 --bind-address 127.0.0.1:8443
`);
  const several = await run("shell", ...declared());
  expect(several.out).toMatch(/^==> egress\.sh <==\n#!\/bin\/sh\n[\s\S]*\n==> egress\.manifest\.json <==\n\{\n/);
});

test("--out writes the files with their modes and tells their paths", async () => {
  const out = join(dir, "deep", "out");
  const { code, out: told } = await run("compose", ...declared(), "--image", "example/tgw:1", "--out", out);
  expect([code, told]).toEqual([0, `${out}/compose.yaml\n${out}/egress/manifest.json\n`]);
  expect(statSync(join(out, "compose.yaml")).mode & 0o777).toBe(0o644);
  expect(decodeManifest(JSON.parse(readFileSync(join(out, "egress/manifest.json"), "utf8"))).ok).toBe(true);
  await run("shell", ...declared(), "--out", out);
  expect(statSync(join(out, "egress.sh")).mode & 0o777).toBe(0o755);
});

test("a place that cannot be written to exits 1 and says which", async () => {
  writeFileSync(join(dir, "file"), "");
  const { code, err } = await run("shell", ...ON_CONSUL, "--out", join(dir, "file"));
  expect(code).toBe(1);
  expect(err).toMatch(/^error: cannot write \S+\/file\/egress\.sh: (EEXIST|ENOTDIR)$/m);
});

test("systemd: each option of the form, each flag of Consul's", async () => {
  const [unit, environment] = await files(
    "systemd",
    ...["--gateway", "egress", "--consul-addr", "https://c1:8501", "--consul-addr", "https://c2:8501"],
    ...["--ca-file", "/etc/consul/ca.pem", "--token-file", "/etc/egress/token", "--datacenter", "dc1"],
    ...["--address", "10.0.0.5", "--port", "443", "--replica", "a", "--reap-after", "0", "--allow-plaintext-leaves"],
    ...["--command", "/usr/bin/node", "--command", "/opt/tgw.js", "--user", "egress", "--directory", "/srv/tgw"],
    ...[
      "--stop-seconds",
      "45",
      "--env",
      "ZONE=a=b",
      "--env",
      "EMPTY=",
      "--",
      "--log-level",
      "warn",
      "--",
      "-l",
      "debug",
    ],
  );
  expect(unit).toMatchObject({ path: "consul-tgw-egress.service", mode: "0644" });
  const told = [
    "--gateway egress --consul-addr https://c1:8501 --consul-addr https://c2:8501 --ca-file /etc/consul/ca.pem",
    "--datacenter dc1 --allow-plaintext-leaves --address 10.0.0.5:443 --bind-address 10.0.0.5:443 --replica a --reap-after 0",
    "--log-level warn -- -l debug",
  ].join(" ");
  expect(unit?.content.split("\n")).toEqual(
    expect.arrayContaining([
      `ExecStart=/usr/bin/node /opt/tgw.js run --state-dir %S/consul-tgw-egress --run-dir %t/consul-tgw-egress ${told}`,
      "User=egress",
      "TimeoutStopSec=45",
      "EnvironmentFile=/srv/tgw/egress.env",
      "LoadCredential=consul-token:/etc/egress/token",
      "AmbientCapabilities=CAP_NET_BIND_SERVICE",
    ]),
  );
  expect(environment?.content).toBe('EMPTY=""\nZONE="a=b"\n');
});

test("the flags of the other forms", async () => {
  const image = ["--image", "example/tgw:1", "--user", "1000", "--command", "tgw"];
  const at = ["--bind-address", "0.0.0.0", "--address", "gw.example.com"];
  const kubernetes = await files(
    "kubernetes",
    ...[...ON_CONSUL, ...image, ...at, "--kubernetes-namespace", "mesh", "--namespace", "team", "--replicas", "2"],
    ...["--token-secret", "egress:token", "--state-claim", "egress", "--service-account", "tgw"],
    ...["--credentials", "egress-tls:/etc/egress"],
  );
  for (const part of ["namespace: mesh", "replicas: 2", "claimName: egress", "serviceAccountName: tgw", "- team"]) {
    expect(kubernetes[0]?.content).toContain(part);
  }
  const nomad = await files(
    "nomad",
    ...[...declared(), ...image, "--nomad-datacenter", "a", "--nomad-datacenter", "b", "--nomad-namespace", "mesh"],
    ...["--count", "3", "--cpu", "700", "--memory", "300", "--token-variable", "egress/x:token"],
  );
  expect(nomad.map(({ path }) => path)).toEqual(["egress.nomad.json", "egress.nv.json"]);
  expect(JSON.parse(nomad[0]?.content ?? "").Job).toMatchObject({
    Datacenters: ["a", "b"],
    Namespace: "mesh",
    TaskGroups: [{ Count: 3, Tasks: [{ User: "1000", Resources: { CPU: 700, MemoryMB: 300 } }] }],
  });
  expect(nomad[0]?.content).toContain('{{ with nomadVar \\"egress/x\\" }}{{ .token }}{{ end }}');
  const ecs = await files(
    "ecs",
    ...[...declared(), ...image, "--manifest-volume", "m", "--state-volume", "s", "--logs", "/ecs/egress:eu-west-1"],
    ...["--token-secret-arn", "arn:aws:ssm:eu-west-1:123456789012:parameter/token"],
  );
  expect(JSON.parse(ecs[0]?.content ?? "")).toMatchObject([
    {
      mountPoints: [{ sourceVolume: "m" }, { sourceVolume: "s" }, { sourceVolume: "run" }],
      logConfiguration: { options: { "awslogs-group": "/ecs/egress", "awslogs-region": "eu-west-1" } },
      secrets: [{ valueFrom: "arn:aws:ssm:eu-west-1:123456789012:parameter/token" }],
    },
  ]);
});

test("cloud-init: --gzip packs what --max-bytes would refuse", async () => {
  const services = Array.from({ length: 100 }, (_, index) => service(`service-${index}`, "10.1.0.9"));
  writeFileSync(join(dir, "manifest.json"), manifestText({ services }));
  const refused = await run("cloud-init", ...declared());
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(
    /^user data: got \d+ bytes, allowed at most 16384 bytes; compress the manifest \(gzip\), or/,
  );
  const [packed] = await files("cloud-init", ...declared(), "--gzip", "--setup", "apt-get install -y envoy");
  expect(packed?.content).toContain('  - "apt-get install -y envoy"\n');
  const text = /content: "?([\w+/=]+)"?$/m.exec(packed?.content ?? "")?.[1] ?? "";
  expect(gunzipSync(Buffer.from(text, "base64")).toString()).toContain('"service-99"');
  expect((await run("cloud-init", ...declared(), "--gzip", "--max-bytes", "1024")).code).toBe(2);
});

test("a manifest that is followed in Consul says where it listens, unless the flags do", async () => {
  const kv = ["--gateway", "egress", "--consul-addr", "https://c1:8501", "--manifest-kv", "tgw/egress"];
  const [script] = await files("shell", ...kv);
  expect(script?.content).toMatch(/ run --gateway egress --consul-addr https:\/\/c1:8501 --manifest-kv tgw\/egress\n$/);
  const [bound] = await files("shell", ...kv, "--bind-address", "10.0.0.5:443");
  expect(bound?.content).toMatch(/ --manifest-kv tgw\/egress --bind-address 10\.0\.0\.5:443\n$/);
});

test("--standalone is passed on", async () => {
  const [script] = await files("shell", ...declared(), "--standalone");
  expect(script?.content).toMatch(/ --manifest "\$here"\/egress\.manifest\.json --standalone\n$/);
});

test("variables of this shell are not rendered", async () => {
  const before = { ...process.env };
  Object.assign(process.env, {
    CONSUL_HTTP_ADDR: "https://canary:8501",
    CONSUL_HTTP_TOKEN: "canary",
    CONSUL_CACERT: "/canary",
  });
  try {
    const text = JSON.stringify(await files("systemd", ...declared(), ...ON_CONSUL.slice(2), "--address", "10.0.0.5"));
    expect(text).toContain("https://c1:8501");
    expect(text).not.toContain("canary");
  } finally {
    process.env = before;
  }
});

test("every mistake at once, by the flag that was written", async () => {
  const { code, out, err } = await run(
    "kubernetes",
    ...[...ON_CONSUL, "--bind-address", "0.0.0.0", "--address", "10.0.0.5", "--replicas", "two", "--ca-file", "ca.pem"],
    ...["--token-secret", "egress", "--credentials", "a b:etc", "--env", "CONSUL_HTTP_TOKEN=canary"],
  );
  expect([code, out]).toEqual([2, ""]);
  expect(
    err
      .trim()
      .split("\n")
      .map((line) => line.split(":")[0]),
  ).toEqual([
    "--ca-file",
    "--env.CONSUL_HTTP_TOKEN",
    "--image",
    "--credentials[0].source",
    "--credentials[0].mountPath",
    "--replicas",
    "--token-secret.key",
  ]);
  expect(err).not.toContain("canary");
});

test.each<[string, readonly string[], RegExp]>([
  ["neither manifest nor server", ["shell"], /^--manifest, --consul-addr: got neither/],
  ["no gateway's name", ["shell", "--consul-addr", "https://c"], /^--gateway: got nothing/],
  [
    "a server in the clear",
    ["shell", "--gateway", "g", "--consul-addr", "http://10.0.0.1"],
    /^--consul-addr: got http:/,
  ],
  [
    "a token file where tokens are mounted",
    ["compose", ...ON_CONSUL, "--token-file", "t"],
    /^--token-file: got other text/m,
  ],
  ["a token file where there are none", ["nomad", ...ON_CONSUL, "--token-file", "/t"], /with --token-variable$/m],
  [
    "a place to listen that has no name of its own",
    ["shell", ...ON_CONSUL, "--bind-address", "10.0.0.1", "--bind-address", "10.0.0.2"],
    /^--bind-address: got a name twice/,
  ],
  ["no address to tell", ["shell", ...ON_CONSUL, "--bind-address", "0.0.0.0"], /^--address: got nothing/],
])("%s is a mistake", async (_what, args, message) => {
  const { code, err } = await run(...args);
  expect(code).toBe(2);
  expect(err).toMatch(message);
});
