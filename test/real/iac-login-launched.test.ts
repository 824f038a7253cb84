// One declaration with `auth` and a launcher: the process that the deployment starts logs in by itself, serves, and leaves no
// token behind when it is destroyed. With CDKTF on OpenTofu and with Pulumi.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  GatewayLauncher,
  TerminatingGateway as OfCdktf,
  GatewayProcess as OfCdktfProcess,
} from "../../src/constructs/cdktf";
import { TerminatingGateway as OfPulumi, GatewayProcess as OfPulumiProcess } from "../../src/constructs/pulumi";
import type { GatewayProps } from "../../src/model/props";
import { type Caller, type Dial, probe } from "../../tools/demo/mesh-client";
import { BANNER } from "../../tools/demo/world";
import { AUDIENCE, ISSUER, type Issuer, makeIssuer } from "../support/auth-method";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { descriptions } from "../support/iac/login-run";
import { Command } from "../support/iac/pulumi-command";
import { startPulumiCommandProvider } from "../support/iac/pulumi-command-provider";
import { startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider } from "../support/iac/terraform-provider";
import { openStack } from "../support/iac/terraform-stack";
import { type LocalGateway, prepareLocalGateway } from "../support/local-gateway";
import { describePart, realConsul, realEnvoy, realPulumi, realTofu } from "../support/real-parts";
import { eventually } from "../support/rig";

jest.setTimeout(120_000);

const PORT = 25_750;
const envoyPath = realEnvoy();
const consulPath = envoyPath === undefined ? undefined : realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();

describePart("a launched process of a gateway with auth", pulumiPath, (pulumiBinary) => {
  let stage: ConsulStage;
  let local: LocalGateway;
  let issuer: Issuer;
  let web: Caller;
  let banner: Dial;

  beforeAll(async () => {
    stage = await startConsulStage({
      envoyPath: envoyPath ?? "",
      consulPath: consulPath ?? "",
      old: false,
      portBase: PORT,
    });
    issuer = makeIssuer();
    web = await stage.caller("web");
    banner = await stage.to("banner");
  });
  beforeEach(async () => {
    local = await prepareLocalGateway(envoyPath ?? "", PORT + 30);
  });
  afterEach(() => local.stop());
  afterAll(() => stage?.stop());

  const props = (): GatewayProps => ({
    ...{ name: "egress", datacenter: "dc1", bind: { port: PORT }, acl: { replicas: ["a"] } },
    services: [{ name: "banner", address: "127.0.0.1", port: PORT + 3, plaintext: true, allowFrom: ["web"] }],
    auth: {
      method: { jwt: { subject: "egress", issuer: ISSUER, audiences: [AUDIENCE], publicKeys: [issuer.publicKey] } },
    },
  });
  /** Nothing of the login but where the bearer token is. */
  const launcher = () => {
    const bearerTokenFile = join(stage.dir, "bearer");
    writeFileSync(bearerTokenFile, issuer.issue("egress"), { mode: 0o600 });
    return {
      ...local.options,
      arguments: local.options.arguments.filter((each) => each !== "--standalone"),
      consul: { consulAddr: [stage.consul.address], replica: "a", bearerTokenFile },
    };
  };
  const logins = async (): Promise<readonly string[]> =>
    (await descriptions(stage)).filter((each) => each.startsWith("token created via login"));
  const serves = async (): Promise<void> => {
    await eventually(async () => (await probe(web, banner, 400)).startsWith(BANNER), 60_000);
    expect(await logins()).toEqual(["token created via login"]);
  };
  const isGone = async (): Promise<void> => {
    expect([local.pid(), local.processes()]).toEqual([undefined, []]);
    expect(await logins()).toEqual([]);
  };

  test("by OpenTofu", async () => {
    const provider = await startTerraformProvider(stage.consul);
    const stack = await openStack(tofuPath ?? "", provider.reattach);
    try {
      stack.declare((scope) => {
        const gateway = new OfCdktf(scope, "egress", props());
        new OfCdktfProcess(scope, "run", { gateway, launcher: GatewayLauncher.localExec(launcher()) });
      });
      await stack.apply();
      await serves();
      expect(await stack.plan()).toEqual({});
      await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
      await isGone();
    } finally {
      await stack.tofu.run("destroy", "-no-color", "-auto-approve");
      stack.remove();
      provider.stop();
    }
  });

  test("by Pulumi", async () => {
    const [provider, commands] = await Promise.all([startPulumiProvider(stage.consul), startPulumiCommandProvider()]);
    const stack = await openInlineStack(pulumiBinary, `${provider.debug},${commands.debug}`);
    const program = () =>
      stack.with(async () => {
        const gateway = new OfPulumi("egress", props());
        const process = { gateway, launcher: { kind: "localExec", localExec: launcher() } } as const;
        const { command } = new OfPulumiProcess("run", process);
        new Command("process", { ...command });
      });
    try {
      await (await program()).up();
      await serves();
      await (await program()).preview({ expectNoChanges: true });
      await (await program()).destroy();
      await isGone();
    } finally {
      stack.remove();
      commands.stop();
      provider.stop();
    }
  });
});
