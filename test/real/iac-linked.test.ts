// Services and their node declared apart from the gateway, on real engines and a real Consul: the address of a node that two
// services share changes, and neither is lost; both engines give the same.

import { ExternalNode, ExternalService, TerminatingGateway } from "../../src/constructs/cdktf";
import * as ofPulumi from "../../src/constructs/pulumi";
import { canonicalJson } from "../../src/model/manifest";
import type { ConsulServer } from "../support/consul-server";
import { type ConsulState, readConsul } from "../support/iac/consul-state";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { type PulumiProvider, startPulumiProvider } from "../support/iac/pulumi-provider";
import { type InlineStack, openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realPulumi, realTofu } from "../support/real-parts";

jest.setTimeout(120_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();

const GATEWAY = { name: "egress", datacenter: "dc1" };
const BILLING = { name: "billing", port: 443, protocol: "http", tls: { caFile: "/etc/egress/ca.pem" } } as const;
const MAIL = { name: "mail", port: 25, plaintext: true } as const;
const SNI = { caFile: "/etc/egress/ca.pem", sni: "billing.example.com" };
/** Both of an address, whatever engine made them. */
const servicesAt = (address: string) => ({
  "shared-host/billing": expect.objectContaining({ name: "billing", address, port: 443 }),
  "shared-host/mail": expect.objectContaining({ name: "mail", address, port: 25 }),
});

describePart("services that are linked", pulumiPath, (pulumiBinary) => {
  let consul: ConsulServer;
  let terraform: TerraformProvider;
  let pulumi: PulumiProvider;
  let before: ConsulState;
  let deployed: ConsulState | undefined;
  let manifest = "";
  let stack: DeployableStack;
  let inline: InlineStack;

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24150);
    terraform = await startTerraformProvider(consul);
    pulumi = await startPulumiProvider(consul);
    stack = await openStack(tofuPath ?? "", terraform.reattach);
    inline = await openInlineStack(pulumiBinary, pulumi.debug);
    before = await readConsul(consul);
  });
  afterAll(async () => {
    stack?.remove();
    inline?.remove();
    terraform?.stop();
    pulumi?.stop();
    await consul?.stop();
  });

  test("by CDKTF", async () => {
    const declare = (address: string): void =>
      stack.declare((scope) => {
        const node = new ExternalNode(scope, "host", { address, name: "shared-host" });
        const billing = new ExternalService(scope, "billing", { ...BILLING, node });
        const mail = new ExternalService(scope, "mail", { ...MAIL, node });
        const gateway = new TerminatingGateway(scope, "egress", { ...GATEWAY, outputName: "egress" });
        gateway.link(billing, SNI).link(mail);
        billing.allowFrom("web").allowFrom("batch");
        mail.allowFrom("web");
      });
    declare("10.0.0.9");
    await stack.apply();
    expect(await stack.plan()).toEqual({});
    deployed = await readConsul(consul);
    expect(deployed.services).toEqual(servicesAt("10.0.0.9"));
    manifest = canonicalJson(JSON.parse(await stack.tofu.ok("output", "-json", "egress")));
    declare("10.0.0.10");
    expect(await stack.plan()).toEqual({
      ...{ "host/node-shared-host": "replace", "billing/service-billing": "replace", "mail/service-mail": "replace" },
      "egress/manifest": "update",
    });
    await stack.apply();
    expect((await readConsul(consul)).services).toEqual(servicesAt("10.0.0.10"));
    expect(await stack.plan()).toEqual({});
    await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
    expect(await readConsul(consul)).toEqual(before);
  });

  test("by Pulumi", async () => {
    const program = (address: string) => async () => {
      const node = new ofPulumi.ExternalNode("host", { address, name: "shared-host" });
      const billing = new ofPulumi.ExternalService("billing", { ...BILLING, node });
      const mail = new ofPulumi.ExternalService("mail", { ...MAIL, node });
      const gateway = new ofPulumi.TerminatingGateway("egress", GATEWAY);
      gateway.link(billing, SNI).link(mail);
      billing.allowFrom("web").allowFrom("batch");
      mail.allowFrom("web");
      return { manifest: gateway.manifest };
    };
    const first = await inline.with(program("10.0.0.9"));
    const { outputs } = await first.up();
    await first.preview({ expectNoChanges: true });
    expect(await readConsul(consul)).toEqual(deployed);
    expect(outputs.manifest?.value).toBe(manifest);
    expect(await inline.plan(program("10.0.0.10"))).toEqual({
      ...{ "host-node-shared-host": "replace", "billing-service-billing": "replace", "mail-service-mail": "replace" },
    });
    const moved = await inline.with(program("10.0.0.10"));
    await moved.up();
    expect((await readConsul(consul)).services).toEqual(servicesAt("10.0.0.10"));
    await moved.preview({ expectNoChanges: true });
    await moved.destroy();
    expect(await readConsul(consul)).toEqual(before);
  });
});
