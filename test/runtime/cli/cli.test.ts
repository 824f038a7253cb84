// The command as users call it: help, exit codes, and every kind of bad input with its one message and path.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCa, type Pair, type PrivateCa } from "../../../tools/demo/pki";

const CLI = join(__dirname, "../../../bin/consul-tgw.js");
let dir: string;
let ca: PrivateCa;
let client: Pair;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "tgw-"));
  ca = await makeCa("CA");
  client = await ca.client("c");
  put("ca.pem", ca.caPem);
  put("client.pem", client.certPem);
  put("client-key.pem", client.keyPem);
  put("other-key.pem", (await ca.client("d")).keyPem);
  put("empty.pem", "nothing\n");
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const put = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const run = (...args: string[]) => {
  const places = ["--state-dir", join(dir, "state"), "--run-dir", join(dir, "run")];
  const ended = spawnSync(process.execPath, [CLI, ...args, ...(args[0]?.startsWith("-") ? [] : places)], {
    encoding: "utf8",
    timeout: 20_000,
    env: { PATH: process.env.PATH ?? "", HOME: dir },
  });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
};
const manifest = (service: object, more: object = {}): string =>
  put(
    "manifest.json",
    JSON.stringify({
      apiVersion: "consul-terminating-gateway/v1",
      kind: "TerminatingGatewayManifest",
      gateway: { name: "egress", datacenter: "dc1" },
      services: [{ name: "billing", instances: [{ address: "127.0.0.1", port: 443 }], plaintext: true, ...service }],
      ...more,
    }),
  );
const tls = (files: object): object => ({ plaintext: undefined, tls: files });

test("--help names every command; a command's help names its flags", () => {
  const help = run("--help");
  expect(help.code).toBe(0);
  for (const command of ["run", "xds", "bootstrap", "status", "validate", "cert"])
    expect(help.out).toContain(`\n  ${command} `);
  expect(run("run", "--help").out).toContain("--drain-time <seconds>");
});

test("wrong usage exits 2 and says what is allowed", () => {
  expect(run("serve").code).toBe(2);
  const nothing = run("validate");
  expect(nothing).toMatchObject({ code: 2, out: "" });
  expect(nothing.err).toContain("--manifest: got nothing, allowed a manifest file");
  const level = run("run", "--manifest", manifest({}), "--log-level", "loud", "--drain-time", "-1");
  expect(level.code).toBe(2);
  expect(level.err).toContain('--log-level: got "loud", allowed debug, info, warn, error');
  expect(level.err).toContain('--drain-time: got "-1", allowed a whole number, 0-3600');
});

test("a good manifest exits 0, in words and as JSON", () => {
  const path = manifest(tls({ caFile: join(dir, "ca.pem"), sni: "billing.example.com" }));
  expect(run("validate", "--manifest", path)).toMatchObject({
    code: 0,
    out: expect.stringContaining('gateway "egress", 1 service, no mistakes'),
  });
  expect(JSON.parse(run("validate", "--manifest", path, "--json").out)).toMatchObject({ ok: true, gateway: "egress" });
});

describe("bad input: one message with its path, exit code 2", () => {
  const file = (name: string): string => join(dir, name);
  const pair = (certFile: string, keyFile: string): object =>
    tls({ caFile: file("ca.pem"), sni: "s", certFile, keyFile });
  const cases: [string, () => string, RegExp][] = [
    [
      "a misspelt prop",
      () => manifest(tls({ caFile: file("ca.pem"), sin: "s" })),
      /^services\[0\]\.tls\.sin: got an unknown name, allowed caFile, certFile, keyFile, sni/m,
    ],
    [
      "a certificate without its key",
      () => manifest(tls({ caFile: "/x", certFile: "/y" })),
      /^services\[0\]\.tls\.keyFile: /m,
    ],
    [
      "a key that does not fit",
      () => manifest(pair(file("client.pem"), file("other-key.pem"))),
      /^services\[0\]\.tls\.certFile: .*other-key\.pem/m,
    ],
    [
      "a CA file with no certificate",
      () => manifest(tls({ caFile: file("empty.pem"), sni: "s" })),
      /^services\[0\]\.tls\.caFile: .*empty\.pem/m,
    ],
    [
      "a missing file",
      () => manifest(tls({ caFile: file("none.pem"), sni: "s" })),
      /^services\[0\]\.tls\.caFile: .*none\.pem/m,
    ],
    [
      "duplicate services",
      () => manifest({}, { services: [service(), service()] }),
      /^services\[1\]\.name: got the name of services\[0\]/m,
    ],
    [
      "a port of 0",
      () => manifest({ instances: [{ address: "127.0.0.1", port: 0 }] }),
      /^services\[0\]\.instances\[0\]\.port: got 0/m,
    ],
    [
      "a port of 70000",
      () => manifest({ instances: [{ address: "127.0.0.1", port: 70000 }] }),
      /^services\[0\]\.instances\[0\]\.port: got 70000/m,
    ],
    [
      "a bad hostname",
      () => manifest({ instances: [{ address: "no_such host", port: 1 }] }),
      /^services\[0\]\.instances\[0\]\.address: /m,
    ],
    [
      "a wildcard without saying so",
      () => manifest({ name: "*", instances: undefined }),
      /^services\[0\]\.wildcard: got "\*" without wildcard: true/m,
    ],
    [
      "another major version",
      () => manifest({}, { apiVersion: "consul-terminating-gateway/v2" }),
      /^apiVersion: .*v2/m,
    ],
    [
      "an unresolved reference",
      () => manifest({ instances: [{ address: "${x.y.z}", port: 1 }] }),
      /^services\[0\]\.instances\[0\]\.address: /m,
    ],
    ["a private key", () => manifest({ meta: { k: client.keyPem } }), /^services\[0\]\.meta\.k: /m],
    ["not JSON", () => put("manifest.json", "{"), /JSON/],
  ];
  const service = (): object => ({ name: "billing", instances: [{ address: "127.0.0.1", port: 1 }], plaintext: true });
  test.each(cases)("%s", (_name, make, says) => {
    const ended = run("validate", "--manifest", make());
    expect(ended.err).toMatch(says);
    expect(ended.err.trim().split("\n")).toHaveLength(1);
    expect(ended.code).toBe(2);
    expect(ended.err + ended.out).not.toContain("PRIVATE KEY-----\n");
  });

  test("an unreadable file", () => {
    const path = put("locked.pem", ca.caPem);
    chmodSync(path, 0);
    // Root reads everything; a directory in the file's place is unreadable for root as well.
    const target = process.getuid?.() === 0 ? dir : path;
    const ended = run("validate", "--manifest", manifest(tls({ caFile: target, sni: "s" })));
    expect(ended.err).toContain(`services[0].tls.caFile: got ${target}`);
    expect(ended.code).toBe(2);
  });

  test("several mistakes are told at once", () => {
    const ended = run(
      "validate",
      "--manifest",
      manifest({ protocol: "udp", instances: [{ address: "127.0.0.1", port: 0 }] }),
    );
    expect(ended.err).toMatch(/services\[0\]\.protocol: /);
    expect(ended.err).toMatch(/services\[0\]\.instances\[0\]\.port: /);
  });
});

test("bootstrap prints what an Envoy needs, and no more than its owner may read is made", () => {
  const ended = run("bootstrap", "--manifest", manifest({}));
  expect(ended.code).toBe(0);
  const { node, admin } = JSON.parse(ended.out);
  expect(node).toEqual({ id: "egress", cluster: "egress" });
  expect(admin.address.pipe).toEqual({ path: join(dir, "run/egress/admin.sock"), mode: 0o600 });
  expect(statSync(join(dir, "run/egress")).mode & 0o777).toBe(0o700);
});

test("cert issues a leaf of the embedded CA, to private files", () => {
  const out = join(dir, "out");
  const ended = run("cert", "--manifest", manifest({}), "--service", "web", "--out", out);
  expect(ended).toMatchObject({ code: 0, err: "" });
  expect(ended.out.trim().split("\n")).toEqual(["web.pem", "web-key.pem", "roots.pem"].map((name) => join(out, name)));
  expect(statSync(join(out, "web-key.pem")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(out, "web.pem"), "utf8")).toMatch(/^-----BEGIN CERTIFICATE-----/);
  expect(statSync(join(dir, "state/egress")).mode & 0o777).toBe(0o700);
});
