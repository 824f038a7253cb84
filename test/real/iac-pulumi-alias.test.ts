// What docs/naming.md says about a component under another name, on the real engine.

import { TerminatingGateway } from "../../src/constructs/pulumi";
import type { ConsulServer } from "../support/consul-server";
import { readConsul } from "../support/iac/consul-state";
import { declaration } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { type PulumiProvider, startPulumiProvider } from "../support/iac/pulumi-provider";
import { type InlineStack, openInlineStack } from "../support/iac/pulumi-stack";
import { describePart, realConsul, realPulumi } from "../support/real-parts";

jest.setTimeout(120_000);

const consulPath = realConsul("1.22.3");
const pulumiPath = consulPath === undefined ? undefined : realPulumi();

describePart("a component under another name", pulumiPath, (binary) => {
  let consul: ConsulServer;
  let provider: PulumiProvider;
  let stack: InlineStack;

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24270);
    provider = await startPulumiProvider(consul);
    stack = await openInlineStack(binary, provider.debug);
  });
  afterAll(async () => {
    stack?.remove();
    provider?.stop();
    await consul?.stop();
  });

  const program = (name: string, old?: string) => async () => {
    const aliases = old === undefined ? [] : [{ name: old }];
    new TerminatingGateway(name, declaration("one-declaration"), { aliases });
  };

  test("an alias of the component counts for its children: nothing to do", async () => {
    await (await stack.with(program("egress"))).up();
    const deployed = await readConsul(consul);
    expect(Object.keys(await stack.plan(program("outbound")))).not.toEqual([]);
    expect(await stack.plan(program("outbound", "egress"))).toEqual({});
    const moved = await stack.with(program("outbound", "egress"));
    await moved.up();
    expect(await readConsul(consul)).toEqual(deployed);
    await moved.destroy();
  });
});
