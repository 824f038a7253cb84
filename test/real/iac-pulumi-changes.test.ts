// Pulumi on its real engine: a preview of each prop changed on its own touches exactly what it says; a walk through several of
// them on a real Consul loses nothing on the way.

import { TerminatingGateway } from "../../src/constructs/pulumi";
import type { GatewayProps } from "../../src/model/props";
import type { ConsulServer } from "../support/consul-server";
import { CHANGES } from "../support/iac/changes";
import { readConsul } from "../support/iac/consul-state";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { type PulumiProvider, startPulumiProvider } from "../support/iac/pulumi-provider";
import { type InlineStack, openInlineStack } from "../support/iac/pulumi-stack";
import { describePart, realConsul, realPulumi } from "../support/real-parts";

jest.setTimeout(120_000);

const consulPath = realConsul("1.22.3");
const pulumiPath = consulPath === undefined ? undefined : realPulumi();
/** Whose steps take something away that others stand on, and put something in its place. */
const WALK = CHANGES.filter(({ actions }) => {
  const all = Object.values(actions);
  return all.includes("replace") || (all.includes("create") && all.includes("delete"));
});

describePart("a change in Pulumi", pulumiPath, (binary) => {
  let consul: ConsulServer;
  let provider: PulumiProvider;
  let stack: InlineStack;
  let deployed = "";

  const program = (props: GatewayProps) => async () => {
    const { manifest } = new TerminatingGateway("egress", props);
    return { manifest };
  };
  const deploy = async (props: GatewayProps): Promise<void> => {
    if (deployed === JSON.stringify(props)) return;
    await (await stack.with(program(props))).up();
    deployed = JSON.stringify(props);
  };

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24210);
    provider = await startPulumiProvider(consul);
    stack = await openInlineStack(binary, provider.debug);
  });
  afterAll(async () => {
    stack?.remove();
    provider?.stop();
    await consul?.stop();
  });

  test.each(CHANGES)("of $what", async ({ from, to, actions: { manifest: _output, ...actions } }) => {
    await deploy(from);
    const named = Object.entries(actions).map(([key, action]) => [`egress-${key}`, action]);
    expect(await stack.plan(program(to))).toEqual(Object.fromEntries(named));
  });

  test.each(WALK)("deployed, of $what", async ({ from, to }) => {
    await deploy(from);
    const before = await readConsul(consul);
    await deploy(to);
    await (await stack.with(program(to))).preview({ expectNoChanges: true });
    const after = await readConsul(consul);
    const ids = (to.services ?? []).flatMap(({ name, instances }) => instances?.map(({ id }) => id ?? name) ?? [name]);
    expect(Object.keys(after.services).map((key) => key.split("/")[1])).toEqual(ids.toSorted());
    await deploy(from);
    expect(await readConsul(consul)).toEqual(before);
  });
});
