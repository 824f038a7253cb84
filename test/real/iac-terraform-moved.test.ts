// What docs/naming.md says about a construct under another id, on a real OpenTofu: nothing is made anew where the program says
// where each resource was.

import type { TerraformResource } from "cdktf";
import { TerminatingGateway } from "../../src/constructs/cdktf";
import type { ConsulServer } from "../support/consul-server";
import { readConsul } from "../support/iac/consul-state";
import { declaration } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realTofu } from "../support/real-parts";

jest.setTimeout(60_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();

/** `consul_node.egress_node-…_1A2B3C4D` is the child `node-…`. */
const IN_ADDRESS = /^\w+\.egress_(.*)_[0-9A-F]{8}$/;

describePart("a construct under another id", tofuPath, (binary) => {
  let consul: ConsulServer;
  let provider: TerraformProvider;
  let stack: DeployableStack;

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24250);
    provider = await startTerraformProvider(consul);
    stack = await openStack(binary, provider.reattach);
  });
  afterAll(async () => {
    stack?.remove();
    provider?.stop();
    await consul?.stop();
  });

  const declare = (id: string, before: Readonly<Record<string, string>> = {}): void =>
    stack.declare((scope) => {
      const gateway = new TerminatingGateway(scope, id, declaration("one-declaration"));
      for (const [key, address] of Object.entries(before)) {
        (gateway.node.findChild(key) as TerraformResource).moveFromId(address);
      }
    });

  test("moveFromId() of each resource: nothing to do", async () => {
    declare("egress");
    await stack.apply();
    const deployed = await readConsul(consul);
    const addresses = (await stack.tofu.ok("state", "list")).trim().split("\n");
    const before = addresses.map((address) => [address.replace(IN_ADDRESS, "$1"), address]);
    expect(before.map(([key]) => key).toSorted()).toEqual([
      ...["defaults-billing", "gateway", "intentions-billing", "manifest", "node-egress-external-10-0-0-9"],
      ...["policy", "role", "service-billing", "token"],
    ]);
    declare("outbound");
    expect(Object.keys(await stack.plan())).toHaveLength(18);
    declare("outbound", Object.fromEntries(before));
    // A move is something to apply, and changes nothing.
    expect(await stack.tofu.ok("plan", "-no-color")).toContain("Plan: 0 to add, 0 to change, 0 to destroy.");
    await stack.apply();
    expect(await readConsul(consul)).toEqual(deployed);
    // The next deployment needs to know nothing of it.
    declare("outbound");
    expect(await stack.plan()).toEqual({});
    await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
  });

  test("`state mv` of each resource, by hand: nothing to do", async () => {
    declare("egress");
    await stack.apply();
    const addresses = (await stack.tofu.ok("state", "list")).trim().split("\n");
    declare("outbound");
    for (const address of addresses) {
      const key = address.replace(IN_ADDRESS, "$1");
      await stack.tofu.ok("state", "mv", address, stack.addressOf(`outbound/${key}`));
    }
    expect(await stack.plan()).toEqual({});
    await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
  });
});
