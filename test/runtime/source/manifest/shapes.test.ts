import { join } from "node:path";
import { readManifest } from "../../../../src/runtime/source/manifest/read";
import { configuration, manifestOf, modelOf, write } from "./fixture";

describe("finds the gateway in", () => {
  const egress = manifestOf("egress");
  it.each<[string, string, unknown]>([
    ["a manifest file", "gateway manifest", egress],
    ["terraform output -json NAME", "gateway manifest", `${JSON.stringify(egress, undefined, 2)}\n`],
    [
      "OpenTofu's output behind a warning",
      "gateway manifest",
      `\nWarning: Unable to open CLI configuration file {x}\n\n${JSON.stringify(egress)}`,
    ],
    [
      "terraform output -json",
      "Terraform outputs (output -json)",
      {
        values: { sensitive: false, type: "string", value: "x" },
        m: { sensitive: false, type: ["object", {}], value: egress },
      },
    ],
    [
      "terraform output -json of a JSON text",
      "Terraform outputs (output -json)",
      { m: { sensitive: false, type: "string", value: JSON.stringify(egress) } },
    ],
    [
      "terraform show -json",
      "Terraform state (show -json)",
      {
        format_version: "1.0",
        values: {
          outputs: { m: { value: egress } },
          root_module: {
            resources: [{ type: "terraform_data", values: { input: egress, output: egress } }],
            child_modules: [{ resources: [{ type: "consul_node", values: { name: "n" } }] }],
          },
        },
      },
    ],
    [
      "terraform show -json of a plan, new values over old",
      "Terraform plan (show -json)",
      {
        format_version: "1.2",
        planned_values: { root_module: { resources: [{ values: { input: egress } }] } },
        prior_state: { values: { root_module: { resources: [{ values: { input: manifestOf("old") } }] } } },
      },
    ],
    [
      "a v4 state file that has it in the key of consul_keys as well",
      "Terraform state file",
      {
        version: 4,
        resources: [
          { type: "consul_keys", instances: [{ attributes: { key: [{ path: "k", value: JSON.stringify(egress) }] } }] },
          { type: "terraform_data", instances: [{ attributes: { input: { value: egress, type: ["object", {}] } } }] },
        ],
      },
    ],
    [
      "a stack export with the key of consul.Keys",
      "Pulumi stack export",
      {
        version: 3,
        deployment: {
          resources: [
            { type: "consul:index/keys:Keys", outputs: { keys: [{ path: "k", value: JSON.stringify(egress) }] } },
            { type: "consul-terminating-gateway:index:TerminatingGateway", outputs: {} },
          ],
        },
      },
    ],
    [
      "a v4 state file",
      "Terraform state file",
      {
        version: 4,
        terraform_version: "1.6.0",
        outputs: {},
        resources: [
          { type: "terraform_data", instances: [{ attributes: { input: { value: egress, type: ["object", {}] } } }] },
        ],
      },
    ],
    ["a CDKTF outputs file", "stack outputs", { stack: { manifest: egress } }],
    ["pulumi stack output --json", "stack outputs", { manifest: JSON.stringify(egress), other: "[secret]" }],
    [
      "pulumi stack export",
      "Pulumi stack export",
      {
        version: 3,
        deployment: { resources: [{ urn: "urn:pulumi:…", type: "consul:x", outputs: { manifest: egress } }] },
      },
    ],
    ["cdk.tf.json", "Terraform configuration (cdk.tf.json)", configuration(egress)],
  ])("%s", async (_name, shape, content) => {
    const dir = write({ "in.json": content });
    const file = join(dir, "in.json");
    expect(await readManifest(file)).toEqual({
      ok: true,
      value: { model: modelOf("egress"), origin: { shape, file, stack: "" } },
    });
  });

  it("standard input", async () => {
    const result = await readManifest("-", { stdin: async () => JSON.stringify(egress) });
    expect(result).toEqual({
      ok: true,
      value: {
        model: modelOf("egress"),
        origin: { shape: "gateway manifest", file: "standard input", stack: "" },
      },
    });
  });

  const index = { stacks: { app: { name: "app", synthesizedStackPath: "stacks/app/cdk.tf.json" } } };
  it.each<[string, string, string]>([
    ["a cdktf.out directory", "", "stacks/app/cdk.tf.json"],
    ["the project around it", "cdktf.out/", "cdktf.out/stacks/app/cdk.tf.json"],
  ])("%s", async (_name, prefix, file) => {
    const dir = write({
      [`${prefix}manifest.json`]: index,
      [`${prefix}stacks/app/cdk.tf.json`]: configuration(egress),
    });
    expect(await readManifest(dir)).toEqual({
      ok: true,
      value: {
        model: modelOf("egress"),
        origin: { shape: "Terraform configuration (cdk.tf.json)", file: join(dir, file), stack: "app" },
      },
    });
  });

  it("a manifest file beside cdk.tf.json, which is preferred for its gateway", async () => {
    const dir = write({
      "manifest.json": index,
      "stacks/app/cdk.tf.json": configuration(manifestOf("egress", "${var.ip}"), manifestOf("other")),
      "stacks/app/egress.manifest.json": egress,
    });
    const result = await readManifest(dir, { gateway: "egress" });
    expect(result).toMatchObject({
      ok: true,
      value: { model: modelOf("egress"), origin: { file: join(dir, "stacks/app/egress.manifest.json") } },
    });
    expect(await readManifest(dir, { gateway: "other" })).toMatchObject({
      ok: true,
      value: { model: modelOf("other") },
    });
  });
});
