// CDKTF on a real OpenTofu and a real Consul: deploy, an empty second plan, import of what exists, destroy.

import { TerminatingGateway } from "../../src/constructs/cdktf";
import type { GatewayProps } from "../../src/model/props";
import type { ConsulServer } from "../support/consul-server";
import { type ConsulState, readConsul } from "../support/iac/consul-state";
import { declaration } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { importIds } from "../support/iac/import-ids";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realTofu } from "../support/real-parts";

jest.setTimeout(120_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();

describePart("a stack of CDKTF", tofuPath, (binary) => {
  let consul: ConsulServer;
  let provider: TerraformProvider;
  let before: ConsulState;
  let stack: DeployableStack;

  const declare = (props: GatewayProps): void =>
    stack.declare((scope) => {
      new TerminatingGateway(scope, "egress", { ...props, outputName: "egress" });
    });

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24100);
    provider = await startTerraformProvider(consul);
    before = await readConsul(consul);
  });
  afterAll(async () => {
    provider?.stop();
    await consul?.stop();
  });
  beforeEach(async () => {
    stack = await openStack(binary, provider.reattach);
  });
  afterEach(() => stack.remove());

  test.each([
    "kv-delivery",
    "jwt-login",
    "one-declaration",
    "l7-permissions",
    "mutual-tls",
    "tcp-plaintext",
    "hostname",
    "instances",
    "wildcard",
  ])("%s: deployed, nothing to do afterwards, destroyed without a trace", async (name) => {
    declare(declaration(name));
    await stack.apply();
    expect(await stack.tofu.plan()).toEqual({});
    expect(await readConsul(consul)).not.toEqual(before);
    await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
    expect(await readConsul(consul)).toEqual(before);
  });

  test("N11: what exists is imported, and what cannot be is written again as it is", async () => {
    declare(declaration("one-declaration"));
    await stack.apply();
    const existing = await readConsul(consul);
    const imported = await openStack(binary, provider.reattach);
    try {
      imported.declare((scope) => {
        new TerminatingGateway(scope, "egress", { ...declaration("one-declaration"), outputName: "egress" });
      });
      await imported.init();
      for (const [key, id] of Object.entries(await importIds(consul))) {
        await imported.tofu.ok("import", "-no-color", imported.addressOf(`egress/${key}`), id);
      }
      // The provider imports no services; the manifest is Terraform's own.
      expect(await imported.plan()).toEqual({ "egress/service-billing": "create", "egress/manifest": "create" });
      await imported.apply();
      expect(await imported.plan()).toEqual({});
      expect(await readConsul(consul)).toEqual(existing);
      await imported.tofu.ok("destroy", "-no-color", "-auto-approve");
    } finally {
      imported.remove();
    }
    expect(await readConsul(consul)).toEqual(before);
  });
});
