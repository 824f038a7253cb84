// The provider that tests attach to OpenTofu behaves as hashicorp/consul does where that one is a trap: with hand-written
// configuration that walks into each. If it were kinder than the real one, the tests of the constructs would prove nothing.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConsulServer } from "../support/consul-server";
import { readConsul } from "../support/iac/consul-state";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { makeTofu, type Tofu } from "../support/iac/tofu";
import { describePart, realConsul, realTofu } from "../support/real-parts";

jest.setTimeout(60_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();

type Resources = Readonly<Record<string, Readonly<Record<string, object>>>>;

const NODE = { name: "ext", address: "10.9.0.1" };
const SERVICE = {
  name: "billing",
  node: "${consul_node.n.name}",
  service_id: "billing",
  address: "10.9.0.1",
  port: 443,
};
const entry = (kind: string, name: string, config: object): Resources => ({
  consul_config_entry: { e: { kind, name, config_json: JSON.stringify(config) } },
});
const SOURCE = { Name: "web", Action: "allow" };
const EMPTIES = { Expose: {}, MeshGateway: {}, TransparentProxy: {} };

describePart("the provider for tests", tofuPath, (binary) => {
  let consul: ConsulServer;
  let provider: TerraformProvider;
  let root: string;
  let tofu: Tofu;

  const write = (resource: Resources): void => {
    const terraform = { required_providers: { consul: { source: "consul" } } };
    // Terraform wants at least one resource where it reads the word.
    tofu.write(JSON.stringify({ terraform, ...(Object.keys(resource).length === 0 ? {} : { resource }) }));
  };
  const apply = async (resource: Resources): Promise<void> => {
    write(resource);
    await tofu.ok("apply", "-no-color", "-auto-approve");
  };
  const refused = async (resource: Resources): Promise<string> => {
    write(resource);
    const { code, stderr } = await tofu.run("apply", "-no-color", "-auto-approve");
    expect(code).toBe(1);
    return stderr;
  };

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24140);
    provider = await startTerraformProvider(consul);
    root = mkdtempSync(join(tmpdir(), "tgw-provider-"));
  });
  afterAll(async () => {
    provider?.stop();
    await consul?.stop();
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(async () => {
    const dir = mkdtempSync(join(root, "case-"));
    mkdirSync(dir, { recursive: true });
    tofu = makeTofu(binary, dir, provider.reattach);
    write({});
    await tofu.ok("init", "-no-color");
  });
  afterEach(async () => {
    await tofu.ok("destroy", "-no-color", "-auto-approve");
  });

  test.each<[string, Resources]>([
    ["2: a source without precedence and type", entry("service-intentions", "billing", { Sources: [SOURCE] })],
    [
      "2: sources that are not sorted",
      entry("service-intentions", "billing", {
        Sources: [
          { ...SOURCE, Name: "*", Precedence: 8, Type: "consul" },
          { ...SOURCE, Precedence: 9, Type: "consul" },
        ],
      }),
    ],
    ["5: defaults without the three empty objects", entry("service-defaults", "billing", { Protocol: "http" })],
    ["5: an empty list of services", entry("terminating-gateway", "egress", { Services: [] })],
    ["5: empty metadata", entry("service-defaults", "billing", { Protocol: "http", ...EMPTIES, Meta: {} })],
  ])("%s differs for ever", async (_what, resource) => {
    await apply(resource);
    expect(Object.values(await tofu.plan())).toEqual(["update"]);
    await apply(resource);
    expect(Object.values(await tofu.plan())).toEqual(["update"]);
  });

  test.each<[string, Resources]>([
    ["an empty text", entry("terminating-gateway", "egress", { Services: [{ Name: "a", CAFile: "" }] })],
    ["another order of keys", entry("service-defaults", "billing", { ...EMPTIES, Protocol: "http" })],
    [
      "4: a key in another case",
      entry("terminating-gateway", "egress", { services: [{ name: "a", CaFile: "/ca.pem" }] }),
    ],
    ["4: an unknown key", entry("terminating-gateway", "egress", { Services: [{ Name: "a", ca_file: "/ca.pem" }] })],
    ["tags and metadata that were never given", { consul_node: { n: NODE }, consul_service: { s: SERVICE } }],
  ])("%s is no difference", async (_what, resource) => {
    await apply(resource);
    expect(await tofu.plan()).toEqual({});
  });

  test("4: an unknown key is lost without a word", async () => {
    await apply(entry("terminating-gateway", "egress", { Services: [{ Name: "a", ca_file: "/ca.pem" }] }));
    const { entries } = await readConsul(consul);
    expect(entries["terminating-gateway/egress"]).toMatchObject({ Services: [{ Name: "a" }] });
    expect(JSON.stringify(entries)).not.toContain("/ca.pem");
  });

  test("consul_keys: a value changes in place and its key is never gone; another path is written before the old one goes", async () => {
    const block = { path: "a/b", value: 'x "y" $${z}', delete: true };
    const values = async () => (await readConsul(consul)).keys;
    await apply({ consul_keys: { k: { key: [block] } } });
    expect(await values()).toEqual({ "a/b": 'x "y" ${z}' });
    expect(await tofu.plan()).toEqual({});
    write({ consul_keys: { k: { key: [{ ...block, value: "new" }] } } });
    expect(await tofu.plan()).toEqual({ "consul_keys.k": "update" });
    await apply({ consul_keys: { k: { key: [{ ...block, path: "a/c", value: "new" }] } } });
    expect(await values()).toEqual({ "a/c": "new" });
    expect(await tofu.plan()).toEqual({});
  });

  test("consul_keys: a key that others change or delete is a difference, an existing one is overwritten", async () => {
    const resource = { consul_keys: { k: { key: [{ path: "a", value: "mine", delete: true }] } } };
    await consul.call("PUT", "/v1/kv/a", "theirs");
    await apply(resource);
    expect((await readConsul(consul)).keys).toEqual({ a: "mine" });
    for (const [method, body] of [
      ["PUT", "theirs"],
      ["DELETE", undefined],
    ] as const) {
      await consul.call(method, "/v1/kv/a", body);
      expect(await tofu.plan()).toEqual({ "consul_keys.k": "update" });
      await apply(resource);
      expect((await readConsul(consul)).keys).toEqual({ a: "mine" });
    }
    await apply({});
    expect((await readConsul(consul)).keys).toEqual({});
  });

  test("consul_keys: without delete a key stays when its resource is destroyed", async () => {
    await apply({ consul_keys: { k: { key: [{ path: "left", value: "x" }] } } });
    await apply({});
    expect((await readConsul(consul)).keys).toEqual({ left: "x" });
    await consul.call("DELETE", "/v1/kv/left");
  });

  test("consul_keys: a value that is too large is refused by the server, by name and size", async () => {
    const errors = await refused({ consul_keys: { k: { key: [{ path: "a", value: "x".repeat(524_289) }] } } });
    expect(errors).toMatch(
      /Failed to write Consul key 'a': .*413 \(Request body\(524289 bytes\) too large, max size: 524288 bytes/,
    );
  });

  test("12: without a trigger, the services of a node that is replaced vanish and the plan does not say so", async () => {
    await apply({ consul_node: { n: NODE }, consul_service: { s: SERVICE } });
    const moved = { consul_node: { n: { ...NODE, address: "10.9.0.2" } }, consul_service: { s: SERVICE } };
    write(moved);
    expect(await tofu.plan()).toEqual({ "consul_node.n": "replace" });
    await apply(moved);
    expect((await readConsul(consul)).services).toEqual({});
    expect(await tofu.plan()).toEqual({ "consul_service.s": "create" });
  });

  test("14: a service whose node is not there fails at apply", async () => {
    const errors = await refused({ consul_service: { s: { ...SERVICE, node: "nowhere" } } });
    expect(errors).toContain("node does not exist: 'nowhere'");
  });

  test("16: a token knows its policies by name only, a role by id too", async () => {
    const policy = { consul_acl_policy: { p: { name: "p", rules: 'node "x" { policy = "read" }' } } };
    const byId = { policies: ["${consul_acl_policy.p.id}"] };
    const errors = await refused({ ...policy, consul_acl_token: { t: byId } });
    expect(errors).toContain("No such ACL policy with name");
    await apply({ ...policy, consul_acl_role: { r: { name: "r", ...byId } } });
    expect((await readConsul(consul)).roles).toMatchObject({ r: ["p"] });
  });

  test("20, N1: an entry and a node that exist are taken over, and destroyed with all that others put there", async () => {
    await consul.call("PUT", "/v1/config", { Kind: "terminating-gateway", Name: "theirs", Services: [{ Name: "a" }] });
    const theirs = { Node: "theirs", Address: "10.9.9.9", NodeMeta: { owner: "them" }, Service: { Service: "web" } };
    await consul.call("PUT", "/v1/catalog/register", theirs);
    const mine = { consul_node: { n: { name: "theirs", address: "10.9.0.1" } } };
    await apply({ ...mine, ...entry("terminating-gateway", "theirs", {}) });
    const { nodes, entries } = await readConsul(consul);
    expect(nodes.theirs).toEqual({ address: "10.9.0.1", meta: {} });
    expect(entries["terminating-gateway/theirs"]).toMatchObject({ Services: null });
    await apply({});
    expect(await readConsul(consul)).toMatchObject({ nodes: {}, services: {}, entries: {} });
  });

  test("N2: permissions of a service without a protocol are refused", async () => {
    const Permissions = [{ Action: "allow", HTTP: { PathPrefix: "/v1" } }];
    const Sources = [{ Name: "web", Precedence: 9, Type: "consul", Permissions }];
    const errors = await refused(entry("service-intentions", "billing", { Sources }));
    expect(errors).toContain("incompatible with L7 intentions permissions");
  });

  test("N4: an address that is taken away stays", async () => {
    await apply({ consul_node: { n: NODE }, consul_service: { s: { ...SERVICE, address: "10.9.0.7" } } });
    const { address: _gone, ...rest } = SERVICE;
    write({ consul_node: { n: NODE }, consul_service: { s: rest } });
    expect(await tofu.plan()).toEqual({});
  });

  test("N8: a token that becomes local is another one, with another secret", async () => {
    await apply({ consul_acl_token: { t: { description: "t" } } });
    write({ consul_acl_token: { t: { description: "t", local: true } } });
    expect(await tofu.plan()).toEqual({ "consul_acl_token.t": "replace" });
  });

  test("N14: a policy whose name exists is refused", async () => {
    await consul.call("PUT", "/v1/acl/policy", { Name: "taken", Rules: "" });
    const errors = await refused({
      consul_acl_policy: { p: { name: "taken", rules: 'node "x" { policy = "read" }' } },
    });
    expect(errors).toContain('Policy with Name "taken" already exists');
  });
});
