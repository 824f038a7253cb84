// One declaration through CDKTF and through Pulumi: the same manifest bytes and the same Consul.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TerminatingGateway as OfCdktf } from "../../src/constructs/cdktf";
import { TerminatingGateway as OfPulumi } from "../../src/constructs/pulumi";
import { canonicalJson } from "../../src/model/manifest";
import type { GatewayProps } from "../../src/model/props";
import { type ConsulServer, startConsulServer } from "../support/consul-server";
import { type ConsulState, readConsul } from "../support/iac/consul-state";
import { declaration, goldenText } from "../support/iac/declarations";
import { type PulumiProvider, startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { openStack, STACK } from "../support/iac/terraform-stack";
import { describePart, realConsul, realPulumi, realTofu } from "../support/real-parts";

jest.setTimeout(120_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();

/** What an engine made, and the manifest that it handed out. */
interface Made {
  readonly state: ConsulState;
  readonly manifests: readonly string[];
}

describePart("CDKTF and Pulumi", pulumiPath, (pulumiBinary) => {
  let consul: ConsulServer;
  let terraform: TerraformProvider;
  let pulumi: PulumiProvider;

  const byCdktf = async (props: GatewayProps): Promise<Made> => {
    const stack = await openStack(tofuPath ?? "", terraform.reattach);
    try {
      stack.declare((scope) => {
        new OfCdktf(scope, "egress", { ...props, outputName: "egress" });
      });
      await stack.apply();
      const state = await readConsul(consul);
      const file = readFileSync(join(stack.outdir, "stacks", STACK, `${props.name}.manifest.json`), "utf8");
      const output = canonicalJson(JSON.parse(await stack.tofu.ok("output", "-json", "egress")));
      await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
      return { state, manifests: [file, output] };
    } finally {
      stack.remove();
    }
  };
  const byPulumi = async (props: GatewayProps): Promise<Made> => {
    const stack = await openInlineStack(pulumiBinary, pulumi.debug);
    try {
      const inline = await stack.with(async () => ({ manifest: new OfPulumi("egress", props).manifest }));
      const { outputs } = await inline.up();
      const state = await readConsul(consul);
      await inline.destroy();
      return { state, manifests: [String(outputs.manifest?.value)] };
    } finally {
      stack.remove();
    }
  };

  beforeAll(async () => {
    consul = await startConsulServer({ binary: consulPath ?? "", old: false, portBase: 24240 });
    terraform = await startTerraformProvider(consul);
    pulumi = await startPulumiProvider(consul);
  });
  afterAll(async () => {
    terraform?.stop();
    pulumi?.stop();
    await consul?.stop();
  });

  test.each(["one-declaration", "l7-permissions", "mutual-tls", "instances"])("%s", async (name) => {
    const cdktf = await byCdktf(declaration(name));
    const other = await byPulumi(declaration(name));
    expect(cdktf.state).toEqual(other.state);
    expect(Object.keys(cdktf.state.services)).not.toEqual([]);
    expect([...cdktf.manifests, ...other.manifests]).toEqual(Array(3).fill(goldenText(name)));
  });
});
