// A program in another language on the real engine: it asks for the component by type and plain arguments, pulumi-plugin makes
// it, and Consul and the manifest are the same as from TypeScript.

import * as pulumi from "@pulumi/pulumi";
import { TerminatingGateway } from "../../src/constructs/pulumi";
import type { ConsulServer } from "../support/consul-server";
import { type ConsulState, readConsul } from "../support/iac/consul-state";
import { declaration } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { type PulumiPlugin, startPulumiPlugin } from "../support/iac/pulumi-plugin";
import { type PulumiProvider, startPulumiProvider } from "../support/iac/pulumi-provider";
import { type InlineStack, openInlineStack } from "../support/iac/pulumi-stack";
import { describePart, realConsul, realPulumi } from "../support/real-parts";

jest.setTimeout(120_000);

const consulPath = realConsul("1.22.3");
const pulumiPath = consulPath === undefined ? undefined : realPulumi();

/** What a generated SDK does: a remote component, whose outputs the plugin gives. */
class Foreign extends pulumi.ComponentResource {
  declare readonly manifest: pulumi.Output<string>;
  constructor(name: string, args: object) {
    const inputs = { ...args, gatewayName: undefined, manifest: undefined };
    super("consul-tgw:index:TerminatingGateway", name, inputs, { version: "0.1.0" }, true);
  }
}

describePart("a component for other languages", pulumiPath, (binary) => {
  let consul: ConsulServer;
  let provider: PulumiProvider;
  let plugin: PulumiPlugin;
  let before: ConsulState;
  let stack: InlineStack;

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24260);
    provider = await startPulumiProvider(consul);
    plugin = await startPulumiPlugin();
    before = await readConsul(consul);
  });
  afterAll(async () => {
    plugin?.stop();
    provider?.stop();
    await consul?.stop();
  });
  beforeEach(async () => {
    stack = await openInlineStack(binary, `${provider.debug},${plugin.debug}`);
  });
  afterEach(() => stack.remove());

  test.each(["one-declaration", "l7-permissions"])("%s: as from TypeScript, and gone afterwards", async (name) => {
    const own = await stack.with(async () => ({ text: new TerminatingGateway("egress", declaration(name)).manifest }));
    const ownText = (await own.up()).outputs.text?.value;
    const wanted = await readConsul(consul);
    await own.destroy();

    const foreign = await stack.with(async () => ({ text: new Foreign("egress", declaration(name)).manifest }));
    expect((await foreign.up()).outputs.text?.value).toBe(ownText);
    expect(ownText).toContain("TerminatingGatewayManifest");
    expect(await readConsul(consul)).toEqual(wanted);
    await foreign.preview({ expectNoChanges: true });
    await foreign.destroy();
    expect(await readConsul(consul)).toEqual(before);
  });
});
