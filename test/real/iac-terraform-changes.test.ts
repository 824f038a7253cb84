// CDKTF on a real OpenTofu: each prop changed on its own touches exactly what it says, and nothing is left to do then.

import { TerminatingGateway } from "../../src/constructs/cdktf";
import type { GatewayProps } from "../../src/model/props";
import type { ConsulServer } from "../support/consul-server";
import { CHANGES } from "../support/iac/changes";
import { readConsul } from "../support/iac/consul-state";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realTofu } from "../support/real-parts";

jest.setTimeout(60_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();

describePart("a change in CDKTF", tofuPath, (binary) => {
  let consul: ConsulServer;
  let provider: TerraformProvider;
  let stack: DeployableStack;

  const declare = (props: GatewayProps): void =>
    stack.declare((scope) => {
      new TerminatingGateway(scope, "egress", props);
    });

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24110);
    provider = await startTerraformProvider(consul);
    stack = await openStack(binary, provider.reattach);
  });
  afterAll(async () => {
    stack?.remove();
    provider?.stop();
    await consul?.stop();
  });

  test.each(CHANGES)("of $what", async ({ from, to, actions }) => {
    declare(from);
    await stack.apply();
    const before = await readConsul(consul);
    declare(to);
    const below = Object.entries(actions).map(([key, action]) => [`egress/${key}`, action]);
    expect(await stack.plan()).toEqual(Object.fromEntries(below));
    await stack.apply();
    expect(await stack.plan()).toEqual({});
    // No service is lost on the way there or back.
    const after = await readConsul(consul);
    const ids = (to.services ?? []).flatMap(({ name, instances }) => instances?.map(({ id }) => id ?? name) ?? [name]);
    const own = Object.keys(after.services).map((key) => key.split("/")[1]);
    expect(own.toSorted()).toEqual(ids.toSorted());
    declare(from);
    await stack.apply();
    expect(await readConsul(consul)).toEqual(before);
  });
});
