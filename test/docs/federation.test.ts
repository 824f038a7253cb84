// The programs of docs/federation.md do what the page says: each datacenter's things go through its own provider.

import { transformSync } from "@swc/core";
import { TerraformStack, Testing } from "cdktf";
import { runProgram } from "../constructs/pulumi/program";
import { blocksOf, GUIDES } from "./pages";

const [CDKTF = "", PULUMI = ""] = GUIDES.filter(({ path }) => path === "docs/federation.md")
  .flatMap(blocksOf)
  .filter(({ language }) => language === "ts")
  .map(({ text }) => text);

/** Runs a page's program, as the inside of a stack. */
function run(text: string, stack?: TerraformStack): void {
  const imports = text.replaceAll(/^(?!import ).*\n?/gm, "");
  const body = text.replaceAll(/^import .*\n?/gm, "");
  const source = `${imports}\nexport function program(this: unknown) {\n${body}\n}`;
  const options = {
    jsc: { parser: { syntax: "typescript" }, target: "es2023" },
    module: { type: "commonjs" },
  } as const;
  const exported: { program?: (this: unknown) => void } = {};
  const load = (name: string): unknown => require(name.replace(/^consul-terminating-gateway/, "../../src/constructs"));
  new Function("require", "exports", transformSync(source, options).code)(load, exported);
  exported.program?.call(stack);
}

test("CDKTF: a provider for each datacenter", () => {
  const stack = new TerraformStack(Testing.app(), "egress");
  run(CDKTF, stack);
  const { provider, resource } = JSON.parse(Testing.synth(stack, true));
  expect(provider.consul).toEqual([
    { address: "consul.dc1.example.com:8501", alias: "dc1", datacenter: "dc1", scheme: "https" },
    { address: "consul.dc2.example.com:8501", alias: "dc2", datacenter: "dc2", scheme: "https" },
  ]);
  const places = Object.values<{ name: string; provider: string }>({
    ...resource.consul_service,
    ...resource.consul_config_entry,
  }).map(({ name, provider: of }) => `${name} by ${of}`);
  expect([...new Set(places)].toSorted()).toEqual([
    "egress-dc1 by consul.dc1",
    "egress-dc2 by consul.dc2",
    "ftp-dc1 by consul.dc1",
    "ftp-dc2 by consul.dc2",
  ]);
});

test("Pulumi: a provider for each datacenter", async () => {
  const { resources, failures } = await runProgram(true, () => run(PULUMI));
  expect(failures).toEqual([]);
  const providers = resources.filter(({ type }) => type === "pulumi:providers:consul");
  expect(providers.map(({ inputs }) => inputs.address)).toEqual([
    "consul.dc1.example.com:8501",
    "consul.dc2.example.com:8501",
  ]);
  const services = resources.filter(({ type }) => type === "consul:index/service:Service");
  expect(services.map(({ name, inputs }) => [name, inputs.name])).toEqual([
    ["egress-dc1-service-ftp-dc1", "ftp-dc1"],
    ["egress-dc2-service-ftp-dc2", "ftp-dc2"],
  ]);
});
