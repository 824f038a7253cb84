// Pulumi on its real engine and a real Consul: deploy, an empty second preview, import of what exists, destroy.

import * as pulumi from "@pulumi/pulumi";
import { TerminatingGateway } from "../../src/constructs/pulumi";
import type { GatewayProps } from "../../src/model/props";
import type { ConsulServer } from "../support/consul-server";
import { type ConsulState, readConsul } from "../support/iac/consul-state";
import { declaration } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { importIds } from "../support/iac/import-ids";
import { type PulumiProvider, startPulumiProvider } from "../support/iac/pulumi-provider";
import { type InlineStack, openInlineStack } from "../support/iac/pulumi-stack";
import { describePart, realConsul, realPulumi } from "../support/real-parts";

jest.setTimeout(120_000);

const consulPath = realConsul("1.22.3");
const pulumiPath = consulPath === undefined ? undefined : realPulumi();

describePart("a stack of Pulumi", pulumiPath, (binary) => {
  let consul: ConsulServer;
  let provider: PulumiProvider;
  let before: ConsulState;
  let stack: InlineStack;

  const program = (props: GatewayProps) => async () => {
    const { manifest } = new TerminatingGateway("egress", props);
    return { manifest };
  };

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24200);
    provider = await startPulumiProvider(consul);
    before = await readConsul(consul);
  });
  afterAll(async () => {
    provider?.stop();
    await consul?.stop();
  });
  beforeEach(async () => {
    stack = await openInlineStack(binary, provider.debug);
  });
  afterEach(() => stack.remove());

  test.each(["one-declaration", "l7-permissions", "kv-delivery", "jwt-login"])(
    "%s: deployed, nothing to do afterwards, destroyed without a trace",
    async (name) => {
      const deployed = await stack.with(program(declaration(name)));
      await deployed.up();
      await deployed.preview({ expectNoChanges: true });
      await deployed.refresh({ expectNoChanges: true });
      expect(await readConsul(consul)).not.toEqual(before);
      await deployed.destroy();
      expect(await readConsul(consul)).toEqual(before);
    },
  );

  test("N11: what exists is imported, and what cannot be is written again as it is", async () => {
    const props = declaration("one-declaration");
    const deployed = await stack.with(program(props));
    await deployed.up();
    const existing = await readConsul(consul);
    const ids = await importIds(consul);
    const importing = async () => {
      pulumi.runtime.registerStackTransformation(({ name, props, opts }) => {
        const id = ids[name.slice("egress-".length)];
        return id === undefined ? undefined : { props, opts: { ...opts, import: id } };
      });
      return program(props)();
    };
    const other = await openInlineStack(binary, provider.debug);
    try {
      await (await other.with(importing)).up();
      expect(await readConsul(consul)).toEqual(existing);
      const imported = await other.with(program(props));
      await imported.preview({ expectNoChanges: true });
      await imported.destroy();
    } finally {
      other.remove();
    }
    expect(await readConsul(consul)).toEqual(before);
  });
});
