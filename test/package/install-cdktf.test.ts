// The published package in an empty CDKTF project: it synthesises from CommonJS and from ESM, and its types check.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { install, runProgram, typeErrors } from "./installed";
import { type Packed, pack } from "./packed";

const BODY = `
const app = new App({ outdir: OUT });
const stack = new TerraformStack(app, "net");
new provider.ConsulProvider(stack, "consul", { address: "127.0.0.1:8500" });
new TerminatingGateway(stack, "egress", {
  name: "egress",
  datacenter: "dc1",
  services: [{ name: "billing", address: "10.0.0.9", port: 443, protocol: "http",
    tls: { caFile: "/etc/egress/ca.pem", sni: "billing.example.com" }, allowFrom: ["web"] }],
});
app.synth();
`;

let packed: Packed;
let dir: string;
beforeAll(() => {
  packed = pack();
  dir = install(packed, "cdktf-user", ["cdktf", "constructs", "@cdktf/provider-consul"]);
}, 300_000);
afterAll(() => rmSync(packed.dir, { recursive: true, force: true }));

function resources(out: string): Record<string, number> {
  const text = readFileSync(join(dir, out, "stacks/net/cdk.tf.json"), "utf8");
  const { resource } = JSON.parse(text) as { resource: Record<string, object> };
  return Object.fromEntries(Object.entries(resource).map(([type, all]) => [type, Object.keys(all).length]));
}

const EXPECTED = {
  consul_acl_policy: 1,
  consul_acl_role: 1,
  consul_acl_token: 1,
  consul_config_entry: 3,
  consul_node: 1,
  consul_service: 1,
};

test("from CommonJS", () => {
  const head = `const { App, TerraformStack } = require("cdktf");
const { provider } = require("@cdktf/provider-consul");
const { TerminatingGateway } = require("consul-terminating-gateway/cdktf");`;
  runProgram(dir, "main.cjs", head + BODY.replace("OUT", '"cjs.out"'));
  expect(resources("cjs.out")).toMatchObject(EXPECTED);
}, 60_000);

test("from ESM", () => {
  const head = `import { App, TerraformStack } from "cdktf";
import { provider } from "@cdktf/provider-consul";
import { TerminatingGateway } from "consul-terminating-gateway/cdktf";`;
  runProgram(dir, "main.mjs", head + BODY.replace("OUT", '"esm.out"'));
  expect(resources("esm.out")).toMatchObject(EXPECTED);
}, 60_000);

test.each(["node10", "node16"] as const)(
  "types check under %s resolution",
  (resolution) => {
    const head = `import { App, TerraformStack } from "cdktf";
import { provider } from "@cdktf/provider-consul";
import { TerminatingGateway } from "consul-terminating-gateway/cdktf";`;
    const text = head + BODY.replace("OUT", '"ts.out"');
    expect(typeErrors(dir, text, resolution)).toEqual([]);
    expect(typeErrors(dir, text.replace("port: 443", 'port: "443"'), resolution)).toEqual([
      expect.stringContaining("Type 'string' is not assignable to type 'number'"),
    ]);
  },
  60_000,
);

test("the installed command reads what was synthesised", () => {
  runProgram(
    dir,
    "for-cli.cjs",
    `const { App, TerraformStack } = require("cdktf");
const { provider } = require("@cdktf/provider-consul");
const { TerminatingGateway } = require("consul-terminating-gateway/cdktf");${BODY.replace("OUT", '"cli.out"')}`,
  );
  const command = join(dir, "node_modules/.bin/consul-tgw");
  const args = ["validate", "--manifest", "cli.out", "--no-files", "--json"];
  const output = execFileSync(command, args, { cwd: dir, encoding: "utf8", timeout: 30_000 });
  expect(JSON.parse(output)).toBeInstanceOf(Object);
}, 60_000);
