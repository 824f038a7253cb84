// Each entry loads its own engine alone, exports the same names, and takes no object of the other engine.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ConsulProvider as CdktfProvider } from "@cdktf/provider-consul/lib/provider/index.js";
import * as cdktf from "cdktf";
import * as cdktn from "cdktn";
import type { Construct } from "constructs";
import * as cdktfEntry from "../../../src/constructs/cdktf";
import * as cdktnEntry from "../../../src/constructs/cdktn";

const ROOT = join(__dirname, "..", "..", "..");

/** Loads an entry as compiled on the way; prints the engines' packages that were loaded with it. */
const PROGRAM = `
const { readFileSync } = require("node:fs");
const { transformSync } = require("@swc/core");
require.extensions[".ts"] = (module, filename) =>
  module._compile(
    transformSync(readFileSync(filename, "utf8"), {
      filename,
      jsc: { parser: { syntax: "typescript" }, target: "es2023" },
      module: { type: "commonjs" },
    }).code,
    filename,
  );
require(process.argv[1]);
const packages = Object.keys(require.cache).flatMap((path) =>
  /node_modules\\/((?:@cdktf\\/|@pulumi\\/)?[^/]+)\\//.exec(path)?.[1] ?? []);
const engines = ["cdktf", "cdktn", "constructs", "@cdktf/provider-consul", "@pulumi/pulumi", "@pulumi/consul"];
console.log(JSON.stringify(engines.filter((name) => packages.includes(name))));
`;

test.each([
  ["cdktf", ["cdktf", "constructs", "@cdktf/provider-consul"]],
  ["cdktn", ["cdktn", "constructs"]],
  ["hcl/constructs.ts", ["constructs"]],
])("%s loads no other engine", (entry, engines) => {
  const path = join(ROOT, "src/constructs", entry.endsWith(".ts") ? entry : `${entry}/index.ts`);
  const options = { cwd: ROOT, encoding: "utf8", timeout: 30_000 } as const;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", PROGRAM, path], options);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual(engines);
});

test("the same names, and a provider for which there is no package", () => {
  expect(Object.keys(cdktnEntry).sort()).toEqual([...Object.keys(cdktfEntry), "ConsulProvider"].sort());
  expect(Object.keys(cdktfEntry).sort()).toEqual([
    "ExternalNode",
    "ExternalService",
    "GatewayLauncher",
    "GatewayProcess",
    "TerminatingGateway",
  ]);
});

test("classes have their names, and can be extended", () => {
  const { ExternalNode, ExternalService, GatewayProcess, TerminatingGateway } = cdktnEntry;
  const names = [ExternalNode, ExternalService, GatewayProcess, TerminatingGateway].map(({ name }) => name);
  expect(names).toEqual(["ExternalNode", "ExternalService", "GatewayProcess", "TerminatingGateway"]);
  class OwnGateway extends TerminatingGateway {}
  const stack = new cdktn.TerraformStack(cdktn.Testing.app(), "s");
  const gateway: cdktnEntry.TerminatingGateway = new OwnGateway(stack, "a", { name: "a", datacenter: "dc1" });
  expect(gateway).toBeInstanceOf(TerminatingGateway);
});

test("a launcher of one's own makes resources of the engine", () => {
  class OwnLauncher implements cdktnEntry.IGatewayLauncher {
    bind(scope: Construct, { gatewayName, after }: cdktnEntry.LaunchContext): cdktnEntry.LaunchResult {
      new cdktn.DataResource(scope, "own", { input: { gatewayName }, dependsOn: [...after] });
      return { files: [], issues: () => [] };
    }
  }
  const stack = new cdktn.TerraformStack(cdktn.Testing.app(), "s");
  const gateway = new cdktnEntry.TerminatingGateway(stack, "a", { name: "a", datacenter: "dc1" });
  new cdktnEntry.GatewayProcess(stack, "run", { gateway, launcher: new OwnLauncher() });
  const { terraform_data: data } = JSON.parse(cdktn.Testing.synth(stack)).resource;
  const [manifest, own] = Object.keys(data);
  expect(data[own ?? ""]).toEqual({ input: { gatewayName: "a" }, depends_on: [`terraform_data.${manifest}`] });
});

test("a provider of the other engine is refused by the compiler", () => {
  const props = { name: "egress", datacenter: "dc1" };
  const other = new CdktfProvider(new cdktf.TerraformStack(cdktf.Testing.app(), "s"), "consul");
  const own = new cdktnEntry.ConsulProvider(new cdktn.TerraformStack(cdktn.Testing.app(), "s"), "consul");
  const taken: cdktnEntry.TerminatingGatewayProps = { ...props, provider: own };
  // @ts-expect-error CDKTF's
  const refused: cdktnEntry.TerminatingGatewayProps = { ...props, provider: other };
  // @ts-expect-error CDKTN's
  const refusedAsWell: cdktfEntry.TerminatingGatewayProps = { ...props, provider: own };
  expect([taken, refused, refusedAsWell]).toHaveLength(3);
});

test("a warning is an annotation of the stack", () => {
  const stack = new cdktn.TerraformStack(cdktn.Testing.app(), "s");
  const legacy = cdktnEntry.ExternalService.fromServiceName(stack, "legacy", "legacy").allowFrom("web");
  expect(legacy.node.metadata.map(({ type, data }) => [type, data])).toEqual([
    ["@cdktf/warn", '"legacy" is declared elsewhere, and so are its intentions: allowFrom() has no effect here'],
  ]);
});

test("mistakes of several constructs at once, with their paths", () => {
  const stack = new cdktn.TerraformStack(cdktn.Testing.app(), "s");
  new cdktnEntry.ConsulProvider(stack, "consul");
  new cdktnEntry.ExternalNode(stack, "host", { address: "http://x" });
  new cdktnEntry.TerminatingGateway(stack, "gw", { name: "egress", datacenter: "dc1", bind: { port: 0 } });
  const synth = () => cdktn.Testing.synth(stack, true);
  expect(synth).toThrow(/\[s\/host\] address: got/);
  expect(synth).toThrow(/\[s\/gw\] bind\.port: got/);
});
