// The manifest in its three places: the file at synth, terraform_data, and the output. Same bytes as every engine's.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformOutput, TerraformStack, TerraformVariable } from "cdktf";
import { ExternalService, TerminatingGateway, type TerminatingGatewayProps } from "../../../src/constructs/cdktf";
import { goldenCases } from "../../support/golden";
import { allOf, synth } from "./stack";

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), "tgw-synth-"));
});
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

/** Synthesises to disk; where the manifest file is, if it is. */
function synthesise(declare: (stack: TerraformStack) => void, name = "egress"): string {
  const app = new App({ outdir, skipValidation: true });
  declare(new TerraformStack(app, "net"));
  app.synth();
  return join(outdir, "stacks/net", `${name}.manifest.json`);
}

const BILLING = { name: "billing", port: 443, plaintext: true } as const;
const GATEWAY = { name: "egress", datacenter: "dc1" } as const;

test.each(goldenCases().map((each) => [each.name, each] as const))("file of case %s", (name, { dir, props }) => {
  const file = synthesise(
    (stack) => {
      new TerminatingGateway(stack, "egress", props as TerminatingGatewayProps);
    },
    name === "namespace-partition" ? "east-edge-egress" : "egress",
  );
  // Golden files are written in the canonical form: sorted keys, two spaces, a newline at the end.
  expect(readFileSync(file, "utf8")).toBe(readFileSync(join(dir, "manifest.json"), "utf8"));
});

test("a service linked after construction is in the file and in terraform_data", () => {
  const declare = (stack: TerraformStack): void => {
    const gateway = new TerminatingGateway(stack, "egress", GATEWAY);
    gateway.link(new ExternalService(stack, "billing", { ...BILLING, address: "10.0.0.9" }).allowFrom("web"));
  };
  const file = JSON.parse(readFileSync(synthesise(declare), "utf8"));
  expect(file.services).toMatchObject([{ name: "billing", intentions: [{ action: "allow", source: "web" }] }]);
  expect(allOf(synth(declare).resource, "terraform_data")[0]?.input).toEqual(file);
});

describe("while an address is late", () => {
  const declare = (stack: TerraformStack): TerminatingGateway => {
    const address = new TerraformVariable(stack, "late", { type: "string" }).stringValue;
    return new TerminatingGateway(stack, "egress", { ...GATEWAY, services: [{ ...BILLING, address }] });
  };

  test("there is no file, and one of an earlier run is removed", () => {
    const file = synthesise(declare);
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, "{}");
    synthesise(declare);
    expect(existsSync(file)).toBe(false);
  });

  test("the text is a template of the canonical bytes", () => {
    const { output } = synth((stack) => {
      new TerraformOutput(stack, "text", { value: declare(stack).manifest });
    });
    const { value } = (output as { text: { value: string } }).text;
    expect(value).toContain('\n          "address": ${jsonencode(var.late)},\n');
    expect(value.endsWith("}\n")).toBe(true);
  });
});

test.each(["egress_manifest", "manifest", "gateway"])("the output %s is the manifest of the state", (outputName) => {
  const { output, resource } = synth((stack) => {
    new TerminatingGateway(stack, "egress", { ...GATEWAY, outputName });
  });
  const [id] = Object.keys(resource.terraform_data ?? {});
  expect(output).toEqual({
    [outputName]: {
      description: "Manifest of terminating gateway egress",
      value: `\${terraform_data.${id}.output}`,
    },
  });
});

test("no output unless asked for", () => {
  expect(synth((stack) => void new TerminatingGateway(stack, "egress", GATEWAY))).not.toHaveProperty("output");
});
