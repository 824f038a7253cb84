// `consul-tgw validate` of a manifest in the KV store of a real Consul: what `run` would take is judged, and what keeps it from
// being read is said.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../src/runtime/cli";
import type { ConsulServer } from "../support/consul-server";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { describePart, realConsul } from "../support/real-parts";
import { manifestText } from "../support/rig";

jest.setTimeout(60_000);

const KEY = "consul-terminating-gateway/egress";

describePart("validate of a key", realConsul("1.22.3"), (binary) => {
  let consul: ConsulServer;
  let dir: string;
  const servers = (token: string): readonly string[] => {
    const file = join(dir, "token");
    writeFileSync(file, token, { mode: 0o600 });
    return ["--consul-addr", consul.address, "--token-file", file];
  };
  /** Exit code, and what was printed where. */
  const validate = async (...flags: readonly string[]) => {
    const [out, err] = [process.stdout, process.stderr].map((each) => jest.spyOn(each, "write").mockReturnValue(true));
    const code = await main(["validate", "--state-dir", dir, ...flags]);
    const [text, told] = [out, err].map((each) => (each?.mock.calls ?? []).map(([chunk]) => String(chunk)).join(""));
    jest.restoreAllMocks();
    return { code, out: text ?? "", err: told ?? "" };
  };
  const write = (text: string) => consul.call("PUT", `/v1/kv/${KEY}`, text);
  const declared = manifestText({
    ...{ name: "egress", datacenter: "dc1", delivery: "kv" },
    services: [{ name: "banner", address: "10.0.0.7", port: 1, tls: { caFile: "/no/such/ca.pem" } }],
  });

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "tgw-validate-"));
    consul = await startFreshConsul(binary, 25_670);
  });
  afterAll(async () => {
    await consul?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("no key, mistakes in it, missing files, and nothing wrong", async () => {
    const token = await consul.makeToken(`key "${KEY}" { policy = "read" }`);
    const key = [...servers(token), "--manifest-kv", KEY];
    expect(await validate(...key)).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /^Consul key \S+: got no such key, allowed a manifest; deploy a declaration with delivery/,
      ),
    });
    await write(declared.replace('"port": 1,', '"port": 0,'));
    expect((await validate(...key)).err).toMatch(/^services\[0\]\.instances\[0\]\.port: got 0/);
    await write(declared);
    const missing = await validate(...key);
    expect([missing.code, missing.err]).toEqual([2, expect.stringMatching(/tls\.caFile: got .*\/no\/such\/ca\.pem/)]);
    expect(await validate(...key, "--no-files")).toEqual({
      ...{ code: 0, err: "" },
      out: `Consul key ${KEY}: gateway manifest of gateway "egress", 1 service, no mistakes\n`,
    });
    const other = await validate(...key, "--no-files", "--gateway", "ingress");
    expect([other.code, other.err]).toEqual([2, expect.stringMatching(/^--gateway ingress: got no such gateway/)]);
  });

  test("a right that is missing, and a server that is not there", async () => {
    const none = await consul.makeToken('key "another" { policy = "read" }');
    expect((await validate(...servers(none), "--manifest-kv", KEY)).err).toMatch(
      /^Consul key \S+: got manifest "\S+" refused, token lacks key:read on "consul-terminating-gateway\/egress"/m,
    );
    const nobody = ["--consul-addr", "http://127.0.0.1:25699", "--manifest-kv", KEY];
    const lost = await validate(...nobody);
    expect([lost.code, lost.err]).toEqual([
      2,
      expect.stringMatching(/^Consul key \S+: got .*cannot be reached: ECONNREFUSED/m),
    ]);
    // The first of several servers is no reason.
    const both = ["--consul-addr", "http://127.0.0.1:25699", ...servers(consul.token), "--manifest-kv", KEY];
    expect((await validate(...both, "--no-files")).code).toBe(0);
  });

  test("without the flag Consul is not asked", async () => {
    expect((await validate("--manifest-kv", KEY)).err).toMatch(/^--manifest-kv: got no Consul server/);
    const none = await validate("--consul-addr", "http://127.0.0.1:25699");
    expect([none.code, none.err]).toEqual([2, expect.stringMatching(/^--manifest: got nothing/)]);
  });
});
