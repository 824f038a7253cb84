// A deployment with `auth` is all that a gateway process needs: it logs in at the method that the engine made, with a JWT alone,
// and serves; no token was made, and none is in the state. With CDKTF on OpenTofu and with Pulumi.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TerminatingGateway as OfCdktf } from "../../src/constructs/cdktf";
import { TerminatingGateway as OfPulumi } from "../../src/constructs/pulumi";
import type { GatewayProps } from "../../src/model/props";
import type { Caller, Dial } from "../../tools/demo/mesh-client";
import { AUDIENCE, ISSUER, type Issuer, makeIssuer } from "../support/auth-method";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { readConsul } from "../support/iac/consul-state";
import { servesByLogin } from "../support/iac/login-run";
import { startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider } from "../support/iac/terraform-provider";
import { openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realEnvoy, realPulumi, realTofu } from "../support/real-parts";

jest.setTimeout(120_000);

const PORT = 22_800;
const envoyPath = realEnvoy();
const consulPath = envoyPath === undefined ? undefined : realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();

describePart("a process that logs in where its deployment says", pulumiPath, (pulumiBinary) => {
  let stage: ConsulStage;
  let issuer: Issuer;
  let web: Caller;
  let banner: Dial;
  let bearerTokenFile: string;

  const props = (): GatewayProps => ({
    ...{ name: "egress", datacenter: "dc1", bind: { port: PORT }, acl: { replicas: ["a"] } },
    services: [{ name: "banner", address: "127.0.0.1", port: PORT + 3, plaintext: true, allowFrom: ["web"] }],
    auth: {
      method: {
        jwt: { subject: "egress", issuer: ISSUER, audiences: [AUDIENCE], publicKeys: [issuer.publicKey] },
      },
      maxTokenTtl: "1m",
    },
  });
  /** What was deployed lets in who it is meant for, and nobody else. */
  const runs = (authMethod: string): Promise<void> =>
    servesByLogin(
      stage,
      { web, banner },
      {
        flags: { authMethod, bearerTokenFile },
        others: [
          [() => writeFileSync(bearerTokenFile, issuer.issue("somebody else"), { mode: 0o600 }), /Permission denied/],
        ],
        asGateway: () => writeFileSync(bearerTokenFile, issuer.issue("egress"), { mode: 0o600 }),
      },
    );

  beforeAll(async () => {
    stage = await startConsulStage({
      envoyPath: envoyPath ?? "",
      consulPath: consulPath ?? "",
      old: false,
      portBase: PORT,
    });
    issuer = makeIssuer();
    bearerTokenFile = join(stage.dir, "bearer");
    web = await stage.caller("web");
    banner = await stage.to("banner");
  });
  afterAll(() => stage?.stop());

  test("CDKTF", async () => {
    const provider = await startTerraformProvider(stage.consul);
    const stack = await openStack(tofuPath ?? "", provider.reattach);
    const before = await readConsul(stage.consul);
    try {
      let authMethodName: string | undefined;
      stack.declare((scope) => {
        ({ authMethodName } = new OfCdktf(scope, "egress", props()));
      });
      await stack.apply();
      expect((await readConsul(stage.consul)).tokens).toEqual(before.tokens);
      expect(readFileSync(stack.state, "utf8")).not.toMatch(/secret_id|accessor_id|consul_acl_token"/);
      await runs(authMethodName ?? "");
      // Neither tokens that came and went nor the gateway's own node are a difference.
      expect(await stack.plan()).toEqual({});
      await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
      expect(await readConsul(stage.consul)).toEqual(before);
    } finally {
      stack.remove();
      provider.stop();
    }
  });

  test("Pulumi", async () => {
    const provider = await startPulumiProvider(stage.consul);
    const stack = await openInlineStack(pulumiBinary, provider.debug);
    const before = await readConsul(stage.consul);
    let authMethodName: string | undefined;
    const program = async () => {
      const gateway = new OfPulumi("egress", props());
      ({ authMethodName } = gateway);
      return { manifest: gateway.manifest };
    };
    try {
      await (await stack.with(program)).up();
      expect((await readConsul(stage.consul)).tokens).toEqual(before.tokens);
      await runs(authMethodName ?? "");
      await (await stack.with(program)).preview({ expectNoChanges: true });
      await (await stack.with(async () => undefined)).destroy();
      expect(await readConsul(stage.consul)).toEqual(before);
    } finally {
      stack.remove();
      provider.stop();
    }
  });
});
