// The organisation's gateway as a plain Terraform module, used from HCL on a real OpenTofu and a real Consul: planned, applied,
// changed by its variables, read by the runtime, destroyed.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readManifest } from "../../src/runtime/source/manifest/read";
import type { ConsulServer } from "../support/consul-server";
import { type ConsulState, readConsul } from "../support/iac/consul-state";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { makeTofu, type Tofu } from "../support/iac/tofu";
import { describePart, realConsul, realTofu } from "../support/real-parts";

jest.mock("consul-terminating-gateway/cdktf", () => jest.requireActual("../../src/constructs/cdktf"), {
  virtual: true,
});
jest.mock("@example/egress", () => jest.requireActual("../../examples/org-module/src"), { virtual: true });
jest.setTimeout(120_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();

/** What a team writes, as examples/org-module/README.md shows it. */
const README = readFileSync(join(__dirname, "../../examples/org-module/README.md"), "utf8");
const EXAMPLE = /^```hcl\n(.*?)^```$/ms.exec(README)?.[1] ?? "";
const ARGUMENT = /^ {2}ledger_address = .*\n/m;

function program(variables: Readonly<Record<string, string>>): string {
  expect(EXAMPLE).toMatch(ARGUMENT);
  const lines = Object.entries(variables).map(([name, value]) => `  ${name} = ${JSON.stringify(value)}\n`);
  return EXAMPLE.replace(ARGUMENT, lines.join(""));
}

/** Synthesises the module into a folder, as \`npx cdktf synth\` does. */
function synthesise(folder: string, outdir: string): void {
  const before = process.env;
  process.env = { ...before, CDKTF_OUTDIR: outdir, TGW_MODULE_DIR: folder };
  try {
    jest.isolateModules(() => require("../../examples/org-module/module/main"));
  } finally {
    process.env = before;
  }
}

describePart("a plain Terraform module", tofuPath, (binary) => {
  let consul: ConsulServer;
  let provider: TerraformProvider;
  let empty: ConsulState;
  let root: string;
  let tofu: Tofu;
  const declare = (variables: Readonly<Record<string, string>>): void =>
    writeFileSync(join(tofu.dir, "main.tf"), program(variables));
  const apply = (): Promise<string> => tofu.ok("apply", "-no-color", "-auto-approve");

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24190);
    provider = await startTerraformProvider(consul);
    empty = await readConsul(consul);
    root = mkdtempSync(join(tmpdir(), "tgw-module-"));
    tofu = makeTofu(binary, join(root, "team"), provider.reattach);
    mkdirSync(tofu.dir);
    synthesise(join(tofu.dir, "egress"), join(root, "cdktf.out"));
    declare({ ledger_address: "10.20.3.4" });
    await tofu.ok("init", "-no-color");
  });
  afterAll(async () => {
    provider?.stop();
    await consul?.stop();
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
  });

  test("holds no provider, no state and nothing of the machine that made it", () => {
    const text = readFileSync(join(tofu.dir, "egress/main.tf.json"), "utf8");
    const { provider: theirs, terraform, ...blocks } = JSON.parse(text);
    expect(theirs).toBeUndefined();
    expect(terraform).toEqual({ required_providers: { consul: { source: "hashicorp/consul", version: "~> 2.20" } } });
    expect(Object.keys(blocks).toSorted()).toEqual(["output", "resource", "variable"]);
    expect(text).not.toContain(root);
    expect(text).not.toContain('"//"');
  });

  test("is deployed, has nothing to do then, and follows its variables", async () => {
    await apply();
    expect(await tofu.plan()).toEqual({});
    const { services, entries } = await readConsul(consul);
    expect(Object.values(services).map(({ name, address, port }) => [name, address, port])).toEqual([
      ["cards", "api.partners.example.com", 443],
      ["ledger", "10.20.3.4", 443],
    ]);
    expect(entries["terminating-gateway/egress-payments-prod"]).toMatchObject({
      Services: [
        { Name: "cards", CAFile: "/etc/ssl/example/ca.pem" },
        {
          ...{ Name: "ledger", CAFile: "/etc/ssl/example/ca.pem", SNI: "ledger.example.com" },
          ...{ CertFile: "/etc/ssl/example/client.pem", KeyFile: "/etc/ssl/example/client-key.pem" },
        },
      ],
    });
    declare({ ledger_address: "10.20.3.5", ca_file: "/srv/ca.pem" });
    const changed = Object.entries(await tofu.plan()).map(([address, action]) => [
      address.replace(/^module\.egress\.(.*)_[0-9A-F]{8}$/, "$1"),
      action,
    ]);
    expect(Object.fromEntries(changed)).toEqual({
      ...{ "consul_config_entry.egress_gateway": "update", "terraform_data.egress_manifest": "update" },
      "consul_node.egress_node-egress-payments-prod-external-ledger-1": "replace",
      "consul_service.egress_service-ledger": "replace",
    });
    await apply();
    expect(await tofu.plan()).toEqual({});
    const after = await readConsul(consul);
    expect(Object.values(after.services).map(({ name, address }) => [name, address])).toEqual([
      ["cards", "api.partners.example.com"],
      ["ledger", "10.20.3.5"],
    ]);
  });

  test.each([
    ["cards_address", "eu.partners.example.com"],
    ["ledger_sni", "ledger-2.example.com"],
    ["client_cert_file", "/srv/client.pem"],
    ["client_key_file", "/srv/client-key.pem"],
  ])("%s is a variable of its own", async (name, value) => {
    const same = { ledger_address: "10.20.3.5", ca_file: "/srv/ca.pem" };
    declare({ ...same, [name]: value });
    const changed = await tofu.plan();
    expect(Object.keys(changed)).toHaveLength(name === "cards_address" ? 3 : 2);
    await apply();
    const { services, entries } = await readConsul(consul);
    expect(JSON.stringify([services, entries])).toContain(`"${value}"`);
    declare(same);
    await apply();
  });

  test.each([
    ["the state file", async () => readFileSync(join(tofu.dir, "terraform.tfstate"), "utf8")],
    ["show -json", () => tofu.ok("show", "-json")],
    ["output -json", () => tofu.ok("output", "-json")],
    ["its manifest alone", () => tofu.ok("output", "-raw", "egress_manifest")],
  ])("the runtime reads %s", async (_what, textOf) => {
    const path = join(root, "document.json");
    writeFileSync(path, await textOf());
    const read = await readManifest(path);
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    const { name, services } = read.value.model;
    expect(name).toBe("egress-payments-prod");
    expect(services.map((each) => [each.name, each.instances[0]?.address, each.upstream])).toEqual([
      ["cards", "api.partners.example.com", expect.objectContaining({ caFile: "/srv/ca.pem" })],
      ["ledger", "10.20.3.5", expect.objectContaining({ caFile: "/srv/ca.pem", sni: "ledger.example.com" })],
    ]);
  });

  test.each(["192.0.2.7", "ledger.example.com", ""])(
    "an address outside the approved network is refused: %j",
    async (to) => {
      declare({ ledger_address: to });
      const { code, stderr } = await tofu.run("plan", "-no-color");
      expect(code).toBe(1);
      expect(stderr).toContain("The ledger must be in 10.20.0.0/16");
    },
  );

  test.each([
    ["cards_address", "api.example.com", "The card processor must be below partners.example.com"],
    ["ledger_sni", "*.example.com", "A host name, as it is in the certificate"],
  ])("%s is held to what is approved", async (name, value, words) => {
    declare({ ledger_address: "10.20.3.5", [name]: value });
    const { code, stderr } = await tofu.run("plan", "-no-color");
    expect(code).toBe(1);
    expect(stderr.replaceAll(/[\s│]+/g, " ")).toContain(words);
  });

  test("is destroyed without a trace", async () => {
    declare({ ledger_address: "10.20.3.5" });
    await tofu.ok("destroy", "-no-color", "-auto-approve");
    expect(await readConsul(consul)).toEqual(empty);
  });
});
