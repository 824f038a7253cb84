// What a real OpenTofu writes about a stack of CDKTF, and what synthesis wrote before it, is what the runtime boots from.

import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DataResource, Fn, type TerraformStack } from "cdktf";
import { TerminatingGateway } from "../../src/constructs/cdktf";
import { canonicalJson, makeManifest } from "../../src/model/manifest";
import { readManifest } from "../../src/runtime/source/manifest/read";
import type { ConsulServer } from "../support/consul-server";
import { declaration, goldenText, withService } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack } from "../support/iac/terraform-stack";
import { finished } from "../support/iac/tofu";
import { describePart, realConsul, realTofu } from "../support/real-parts";

jest.setTimeout(60_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const NAME = "l7-permissions";

describePart("the runtime reads", tofuPath, (binary) => {
  let consul: ConsulServer;
  let provider: TerraformProvider;
  let stack: DeployableStack;

  const write = (name: string, text: string): string => {
    const path = join(stack.tofu.dir, name);
    writeFileSync(path, text);
    return path;
  };
  /** Shape that was recognised, and the manifest that what was read gives again. */
  const read = async (path: string): Promise<readonly [string, string]> => {
    const result = await readManifest(path);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return [result.value.origin.shape, canonicalJson(makeManifest(result.value.model))];
  };

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24130);
    provider = await startTerraformProvider(consul);
    stack = await openStack(binary, provider.reattach);
    stack.declare((scope) => {
      new TerminatingGateway(scope, "egress", { ...declaration(NAME), outputName: "egress" });
    });
    await stack.apply();
  });
  afterAll(async () => {
    stack?.remove();
    provider?.stop();
    await consul?.stop();
  });

  test("cdktf.out, and the project around it", async () => {
    expect(await read(stack.outdir)).toEqual(["gateway manifest", goldenText(NAME)]);
    expect(await read(dirname(stack.outdir))).toEqual(["gateway manifest", goldenText(NAME)]);
  });

  test("terraform.tfstate", async () => {
    expect(await read(stack.state)).toEqual(["Terraform state file", goldenText(NAME)]);
  });

  test("tofu show -json of the state and of a plan", async () => {
    const state = write("show.json", await stack.tofu.ok("show", "-json"));
    expect(await read(state)).toEqual(["Terraform state (show -json)", goldenText(NAME)]);
    await stack.tofu.plan();
    const plan = write("plan.json", await stack.tofu.ok("show", "-json", "plan"));
    expect(await read(plan)).toEqual(["Terraform plan (show -json)", goldenText(NAME)]);
  });

  test("tofu output -json, and -json of the one output", async () => {
    const all = write("outputs.json", await stack.tofu.ok("output", "-json"));
    expect(await read(all)).toEqual(["Terraform outputs (output -json)", goldenText(NAME)]);
    const one = write("output.json", await stack.tofu.ok("output", "-json", "egress"));
    expect(await read(one)).toEqual(["gateway manifest", goldenText(NAME)]);
  });

  test("N15: documents that OpenTofu printed a warning before", async () => {
    const env = { ...process.env, TF_CLI_CONFIG_FILE: join(stack.tofu.dir, "missing.tfrc") };
    const { stdout } = await finished(binary, ["output", "-no-color", "-json"], stack.tofu.dir, env);
    expect(stdout.startsWith("{")).toBe(false);
    expect(await read(write("warned.json", stdout))).toEqual(["Terraform outputs (output -json)", goldenText(NAME)]);
  });

  test("a late value: not in what was synthesised, and whole in the state", async () => {
    const late = await openStack(binary, provider.reattach);
    try {
      late.declare((scope: TerraformStack) => {
        const dns = new DataResource(scope, "dns", { input: { address: "10.0.0.30", sni: "api.example.com" } });
        const known = (name: string): string => Fn.lookup(dns.output, name);
        const tls = { ...declaration(NAME).services?.[0]?.tls, sni: known("sni") };
        const instances = [{ address: known("address"), port: 8443, node: "api-host" }];
        const [{ address: _a, port: _p, ...service } = { name: "" }] = declaration(NAME).services ?? [];
        const services = [{ ...service, name: "late-api", instances, tls }];
        new TerminatingGateway(scope, "late", { ...declaration(NAME), name: "late", services, outputName: "late" });
      });
      await expect(read(late.outdir)).rejects.toThrow(/references that only the engine can resolve/);
      await late.apply();
      expect(await late.plan()).toEqual({});
      const [, text] = await read(late.state);
      const [service] = (JSON.parse(text) as { services: Record<string, unknown>[] }).services;
      expect(service).toMatchObject({
        instances: [{ id: "late-api", node: "api-host", address: "10.0.0.30", port: 8443, weight: 1 }],
        tls: { caFile: "/etc/egress/api-ca.pem", sni: "api.example.com" },
      });
    } finally {
      late.remove();
    }
  });

  test("of a manifest that is delivered by its key the state has one, though two resources hold it", async () => {
    const keyed = await openStack(binary, provider.reattach);
    try {
      keyed.declare((scope) => {
        new TerminatingGateway(scope, "keyed", { name: "keyed", datacenter: "dc1", delivery: "kv" });
      });
      await keyed.apply();
      const [shape, text] = await read(keyed.state);
      expect(shape).toBe("Terraform state file");
      expect(JSON.parse(text).gateway).toMatchObject({ name: "keyed", delivery: "kv" });
      expect(await read(write("keyed.json", await keyed.tofu.ok("show", "-json")))).toEqual([
        "Terraform state (show -json)",
        text,
      ]);
      await keyed.tofu.ok("destroy", "-no-color", "-auto-approve");
    } finally {
      keyed.remove();
    }
  });

  test("a change, once it is deployed", async () => {
    stack.declare((scope) => {
      const props = withService(declaration(NAME), { timeouts: { connectMs: 77 } });
      new TerminatingGateway(scope, "egress", { ...props, outputName: "egress" });
    });
    expect(await read(stack.state)).toEqual(["Terraform state file", goldenText(NAME)]);
    await stack.apply();
    const [, text] = await read(stack.state);
    expect(text).toBe(goldenText(NAME).replace('"connectMs": 5000', '"connectMs": 77'));
  });
});
