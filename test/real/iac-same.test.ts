// One declaration through CDKTF, CDKTN and Pulumi: the same manifest bytes and the same Consul.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as cdktn from "cdktn";
import { TerminatingGateway as OfCdktf } from "../../src/constructs/cdktf";
import * as ofCdktn from "../../src/constructs/cdktn";
import { TerminatingGateway as OfPulumi } from "../../src/constructs/pulumi";
import { canonicalJson } from "../../src/model/manifest";
import type { GatewayProps } from "../../src/model/props";
import type { ConsulServer } from "../support/consul-server";
import { type ConsulState, readConsul } from "../support/iac/consul-state";
import { declaration, goldenText } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { type PulumiProvider, startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack, STACK } from "../support/iac/terraform-stack";
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

describePart("CDKTF, CDKTN and Pulumi", pulumiPath, (pulumiBinary) => {
  let consul: ConsulServer;
  let terraform: TerraformProvider;
  let pulumi: PulumiProvider;

  const byTofu = async (props: GatewayProps, declare: (stack: DeployableStack) => void): Promise<Made> => {
    const stack = await openStack(tofuPath ?? "", terraform.reattach);
    try {
      declare(stack);
      await stack.apply();
      expect(await stack.plan()).toEqual({});
      const state = await readConsul(consul);
      const file = readFileSync(join(stack.outdir, "stacks", STACK, `${props.name}.manifest.json`), "utf8");
      const output = canonicalJson(JSON.parse(await stack.tofu.ok("output", "-json", "egress")));
      await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
      return { state, manifests: [file, output] };
    } finally {
      stack.remove();
    }
  };
  const byCdktf = (props: GatewayProps): Promise<Made> =>
    byTofu(props, (stack) =>
      stack.declare((scope) => {
        new OfCdktf(scope, "egress", { ...props, outputName: "egress" });
      }),
    );
  const byCdktn = (props: GatewayProps): Promise<Made> =>
    byTofu(props, (stack) =>
      stack.synthesise((outdir, path) => {
        const app = new cdktn.App({ outdir });
        const scope = new cdktn.TerraformStack(app, STACK);
        new cdktn.LocalBackend(scope, { path });
        new ofCdktn.ConsulProvider(scope, "consul", { datacenter: "dc1" });
        new ofCdktn.TerminatingGateway(scope, "egress", { ...props, outputName: "egress" });
        app.synth();
      }),
    );
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
    consul = await startFreshConsul(consulPath, 24240);
    terraform = await startTerraformProvider(consul);
    pulumi = await startPulumiProvider(consul);
  });
  afterAll(async () => {
    terraform?.stop();
    pulumi?.stop();
    await consul?.stop();
  });

  test.each(["one-declaration", "l7-permissions", "mutual-tls", "instances", "kv-delivery", "jwt-login"])(
    "%s",
    async (name) => {
      const cdktf = await byCdktf(declaration(name));
      const others = [await byCdktn(declaration(name)), await byPulumi(declaration(name))];
      expect(Object.keys(cdktf.state.services)).not.toEqual([]);
      expect(others.map(({ state }) => state)).toEqual([cdktf.state, cdktf.state]);
      const manifests = [cdktf, ...others].flatMap((each) => each.manifests);
      expect(manifests).toEqual(Array(5).fill(goldenText(name)));
    },
  );
});
