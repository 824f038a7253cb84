// Both engines realise exactly the plan, under its keys, and say the same manifest, byte for byte.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import * as cdktf from "../../src/constructs/cdktf";
import * as pulumi from "../../src/constructs/pulumi";
import { plan } from "../../src/model/plan";
import { validate } from "../../src/model/validate";
import { goldenCases } from "../support/golden";
import { runProgram } from "./pulumi/program";
import { known } from "./pulumi/values";

interface Realised {
  /** Sorted. */
  readonly keys: readonly string[];
  readonly manifest: string;
}

const NAME = "egress";

function planKeys(props: unknown): readonly string[] {
  const model = validate<string>(props, (leaf) => leaf);
  if (!model.ok) throw new Error("the case is not valid");
  return plan(model.value)
    .map(({ key }) => key)
    .sort();
}

function byCdktf(declare: (stack: TerraformStack) => cdktf.TerminatingGateway): Realised {
  const outdir = mkdtempSync(join(tmpdir(), "tgw-parity-"));
  try {
    const app = new App({ outdir, skipValidation: true });
    const gateway = declare(new TerraformStack(app, "net"));
    app.synth();
    const keys = gateway.node.children.map(({ node }) => node.id).sort();
    return { keys, manifest: readFileSync(join(outdir, "stacks", "net", gateway.manifestFileName), "utf8") };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** The component's manifest is an output: the one plan item that is no resource. */
async function byPulumi(preview: boolean, declare: () => pulumi.TerminatingGateway): Promise<Realised> {
  const { resources, result, failures } = await runProgram(preview, declare);
  expect(failures).toEqual([]);
  const keys = resources.flatMap(({ name, parent }) => (parent === NAME ? [name.slice(NAME.length + 1)] : []));
  return { keys: [...keys, "manifest"].sort(), manifest: await known(result?.manifest) };
}

test.each(goldenCases().map(({ name, props }) => [name, props] as const))("case %s", async (_name, props) => {
  const expected = planKeys(props);
  const terraform = byCdktf((stack) => {
    return new cdktf.TerminatingGateway(stack, NAME, props as cdktf.TerminatingGatewayProps);
  });
  expect(terraform.keys).toEqual(expected);
  for (const preview of [true, false]) {
    const declare = () => new pulumi.TerminatingGateway(NAME, props as pulumi.TerminatingGatewayArgs);
    expect(await byPulumi(preview, declare)).toEqual({ keys: expected, manifest: terraform.manifest });
  }
});

test("composed: the same items and the same manifest, with names of nodes that nobody gave", async () => {
  const GATEWAY = { name: NAME, datacenter: "dc1" };
  const BILLING = { name: "billing", address: "10.0.0.9", port: 443, protocol: "http" } as const;
  const LEDGER = { name: "ledger", port: 5432, plaintext: true };
  const TLS = { caFile: "/ca.pem", sni: "billing.example.com" };
  const NODE = { name: "ledger-host", address: "10.0.0.20" };
  const terraform = byCdktf((stack) => {
    const billing = new cdktf.ExternalService(stack, "billing", BILLING).allowFrom("web");
    const node = new cdktf.ExternalNode(stack, "node", NODE);
    const ledger = new cdktf.ExternalService(stack, "ledger", { ...LEDGER, node });
    return new cdktf.TerminatingGateway(stack, NAME, GATEWAY).link(billing, TLS).link(ledger);
  });
  const { keys, manifest } = await byPulumi(false, () => {
    const billing = new pulumi.ExternalService("billing", BILLING).allowFrom("web");
    const ledger = new pulumi.ExternalService("ledger", { ...LEDGER, node: new pulumi.ExternalNode("node", NODE) });
    return new pulumi.TerminatingGateway(NAME, GATEWAY).link(billing, TLS).link(ledger);
  });
  expect(keys).toEqual(["gateway", "manifest", "policy", "role", "token"]);
  expect(terraform).toEqual({ keys, manifest });
});
