// The command with Consul as source, and the status of a running gateway: help, wrong input, exit codes.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStatusServer, statusSocket } from "../../../src/runtime/status/server";
import type { GatewayStatus } from "../../../src/runtime/status/view";
import { makeLog } from "../source/support";

const CLI = join(__dirname, "../../../bin/consul-tgw.js");
const ADDRESS = "--consul-addr=127.0.0.1:9";
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "tgw-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const places = () => ["--state-dir", join(dir, "state"), "--run-dir", join(dir, "run")];
const envOf = (env: object) => ({ PATH: process.env.PATH ?? "", HOME: dir, ...env });
const run = (args: readonly string[], env: object = {}) => {
  const options = { encoding: "utf8", timeout: 20_000, env: envOf(env) } as const;
  const ended = spawnSync(process.execPath, [CLI, ...args], options);
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
};
/** As run() while this process goes on: it is what answers. */
const runBeside = (args: readonly string[]) =>
  new Promise<{ code: number | null; out: string }>((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args, ...places()], { env: envOf({}), timeout: 20_000 });
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.once("close", (code) => resolve({ code, out }));
  });

test("help says how the source is chosen, and has the flags that users of Consul know, but none for a token", () => {
  const { out } = run(["run", "--help"]);
  expect(out).toContain("when --consul-addr or CONSUL_HTTP_ADDR gives a server");
  expect(out).toContain("otherwise, or with --standalone");
  for (const flag of [
    "consul-addr",
    "token-file",
    "auth-method",
    "bearer-token-file",
    "ca-file",
    "address",
    "bind-address",
    "allow-plaintext-leaves",
  ]) {
    expect(out).toContain(`--${flag} `.trimEnd());
  }
  expect(out).not.toMatch(/--token[ =]/);
});

test("without a source both ways are named; a wrong one is told with everything else that is wrong", () => {
  const nothing = run(["run", "--gateway", "egress"]);
  expect(nothing).toMatchObject({ code: 2, out: "" });
  expect(nothing.err).toContain("--manifest, --consul-addr: got neither, allowed a manifest (standalone), or a Consul");
  const wrong = run(["run", "--consul-addr", "http://10.0.0.1", "--port", "99999", ...places()]);
  expect(wrong.code).toBe(2);
  expect(
    wrong.err
      .trim()
      .split("\n")
      .map((line) => line.split(":")[0]),
  ).toEqual(["--consul-addr", "--port", "--gateway"]);
});

test("files that cannot be used are told before anything runs", () => {
  writeFileSync(join(dir, "empty"), "");
  const files = ["--token-file", join(dir, "none"), "--ca-file", join(dir, "empty")];
  const ended = run(["run", "--gateway", "egress", ADDRESS, ...files, ...places()]);
  expect(ended.code).toBe(2);
  expect(ended.err).toContain(`--ca-file: got ${join(dir, "empty")}: no certificate in it`);
  expect(ended.err).toContain("--token-file: got ENOENT");
  const login = ["--auth-method", "jwt", "--bearer-token-file", join(dir, "empty")];
  const refused = run(["run", "--gateway", "egress", ADDRESS, ...login, ...places()]);
  expect(refused.code).toBe(2);
  expect(refused.err).toContain(`--bearer-token-file: got ${join(dir, "empty")} is empty`);
});

test("what was begun at Consul ends where there is no Envoy: the command ends", () => {
  writeFileSync(join(dir, "bearer"), "x");
  const login = ["--auth-method", "jwt", "--bearer-token-file", join(dir, "bearer"), "--datacenter", "dc1"];
  const kv = ["--manifest-kv", "consul-terminating-gateway/egress", "--envoy-path", join(dir, "none")];
  const ended = run(["run", "--gateway", "egress", ADDRESS, ...login, ...kv, ...places()]);
  expect(ended.code).toBe(2);
  expect(ended.err).toContain("--envoy-path: got");
});

test("bootstrap needs no manifest where the gateway is named", () => {
  const ended = run(["bootstrap", "--gateway", "egress", ADDRESS, ...places()]);
  expect(ended.code).toBe(0);
  expect(JSON.parse(ended.out).node).toEqual({ id: "egress", cluster: "egress" });
});

test("commands that read a manifest do not care for Consul", () => {
  const ended = run(["validate"], { CONSUL_HTTP_ADDR: "nonsense nonsense" });
  expect(ended.code).toBe(2);
  expect(ended.err).toMatch(/^--manifest: got nothing, [^\n]*\n$/);
});

test("status: 1 when nobody answers, 1 when a service waits, 0 when all is served", async () => {
  expect(run(["status", ...places()])).toMatchObject({
    code: 1,
    err: expect.stringContaining("--run-dir: got no gateway"),
  });
  let state: "ready" | "waiting" = "waiting";
  const status = (): GatewayStatus => ({
    ...{ gateway: "egress", version: "1", source: "consul", startedAt: "2030-01-01T00:00:00.000Z" },
    envoy: { state: "running" },
    options: [],
    services: [{ name: "billing", state, certificates: {}, nacks: 0 }],
  });
  mkdirSync(join(dir, "run/egress"), { recursive: true, mode: 0o700 });
  const server = await startStatusServer(statusSocket(join(dir, "run/egress")), status, makeLog());
  expect(await runBeside(["status"])).toMatchObject({ code: 1, out: expect.stringContaining("billing  waiting") });
  state = "ready";
  expect(await runBeside(["status", "--gateway", "egress"])).toMatchObject({ code: 0 });
  expect(JSON.parse((await runBeside(["status", "--json"])).out)).toEqual(status());
  await server.close();
});
