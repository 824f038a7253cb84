// A deployment reaches the traffic: what a real engine wrote about a declaration is all that a running gateway is given, and a
// real Envoy lets callers through, or not, as it says.

import { readFileSync } from "node:fs";
import { TerminatingGateway as OfCdktf } from "../../src/constructs/cdktf";
import { TerminatingGateway as OfPulumi } from "../../src/constructs/pulumi";
import type { GatewayProps } from "../../src/model/props";
import { probe } from "../../tools/demo/mesh-client";
import { BANNER, type World } from "../../tools/demo/world";
import type { ConsulServer } from "../support/consul-server";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider } from "../support/iac/terraform-provider";
import { openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realEnvoy, realPulumi, realTofu } from "../support/real-parts";
import { eventually, type Rig, startRig } from "../support/rig";

jest.setTimeout(120_000);

const envoyPath = realEnvoy();
const consulPath = envoyPath === undefined ? undefined : realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();

describePart("a running gateway follows", pulumiPath, (pulumiBinary) => {
  let consul: ConsulServer;
  let rig: Rig;

  const declare = ({ portBase }: World, name: string, allowFrom: readonly string[]): GatewayProps => ({
    ...{ name: "egress", datacenter: "dc1", bind: { port: portBase } },
    services: [{ name, address: "127.0.0.1", port: portBase + 3, plaintext: true, allowFrom }],
  });
  const reaches = async (who: string, service: string): Promise<boolean> =>
    (await probe(await rig.caller(who), rig.to(service), 400)).startsWith(BANNER);

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24160);
    rig = await startRig(envoyPath ?? "", 24300, (world) => declare(world, "first", []));
  });
  afterAll(async () => {
    await rig?.stop();
    await consul?.stop();
  });

  test("the state file of CDKTF deployments", async () => {
    const provider = await startTerraformProvider(consul);
    const stack = await openStack(tofuPath ?? "", provider.reattach);
    const deploy = async (allowFrom: readonly string[]): Promise<void> => {
      stack.declare((scope) => {
        new OfCdktf(scope, "egress", declare(rig.world, "mail", allowFrom));
      });
      await stack.apply();
      rig.write(readFileSync(stack.state, "utf8"));
    };
    try {
      await deploy(["web"]);
      await eventually(() => reaches("web", "mail"));
      expect(await reaches("batch", "mail")).toBe(false);
      await deploy(["batch"]);
      await eventually(() => reaches("batch", "mail"));
      await eventually(async () => !(await reaches("web", "mail")));
      await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
    } finally {
      stack.remove();
      provider.stop();
    }
  });

  test("the outputs of Pulumi deployments", async () => {
    const provider = await startPulumiProvider(consul);
    const stack = await openInlineStack(pulumiBinary, provider.debug);
    const deploy = async (allowFrom: readonly string[]): Promise<void> => {
      const props = declare(rig.world, "relay", allowFrom);
      const inline = await stack.with(async () => ({ manifest: new OfPulumi("egress", props).manifest }));
      const { outputs } = await inline.up();
      rig.write(JSON.stringify(Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]))));
    };
    try {
      await deploy(["web"]);
      await eventually(() => reaches("web", "relay"));
      await deploy(["batch"]);
      await eventually(() => reaches("batch", "relay"));
      await eventually(async () => !(await reaches("web", "relay")));
      await (await stack.with(async () => undefined)).destroy();
    } finally {
      stack.remove();
      provider.stop();
    }
  });
});
