// Both engines on a Consul between the oldest that the constructs are for and the newest: deploy, an empty second plan, changes
// that lose nothing, destroy. What each engine does is the same as on the newest, so a walk through the changes is enough.

import { TerminatingGateway as OfCdktf } from "../../src/constructs/cdktf";
import { TerminatingGateway as OfPulumi } from "../../src/constructs/pulumi";
import type { GatewayProps, HeaderProps, IntentionProps } from "../../src/model/props";
import type { ConsulServer } from "../support/consul-server";
import { CHANGES } from "../support/iac/changes";
import { type ConsulState, readConsul } from "../support/iac/consul-state";
import { declaration, withService } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider } from "../support/iac/terraform-provider";
import { openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realPulumi, realTofu } from "../support/real-parts";

jest.setTimeout(120_000);

const VERSION = "1.14.11";
const consulPath = realConsul(VERSION);
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();

/** Of the golden cases, without what this Consul does not know (the last test). */
const DECLARATIONS: readonly (readonly [string, GatewayProps])[] = [
  ...["one-declaration", "mutual-tls", "tcp-plaintext", "wildcard"].map((name) => [name, declaration(name)] as const),
  ["hostname", withService(declaration("hostname"), { disableAutoHostRewrite: false })],
  ["l7-permissions", l7({ exact: "blue" })],
];

function l7(header: Omit<HeaderProps, "name">): GatewayProps {
  const headers = [{ name: "x-team", ...header }];
  const read = { action: "allow", pathPrefix: "/v1", methods: ["get"], headers } as const;
  const intention: IntentionProps = { source: "web", permissions: [{ action: "deny", pathExact: "/v1/admin" }, read] };
  return withService(declaration("l7-permissions"), { intentions: [intention] });
}

/** Changes that add, take away or replace. */
const WALK = CHANGES.filter(({ actions }) => Object.values(actions).some((action) => action !== "update"));

/** One engine: what is declared next, what it would do, doing it, undoing all. */
interface Engine {
  readonly name: string;
  declare(props: GatewayProps): Promise<void>;
  apply(): Promise<void>;
  /** Throws, or answers with what would change. */
  leftToDo(): Promise<unknown>;
  destroy(): Promise<void>;
  close(): void;
}

async function onTofu(consul: ConsulServer): Promise<Engine> {
  const provider = await startTerraformProvider(consul);
  const stack = await openStack(tofuPath ?? "", provider.reattach);
  return {
    name: "CDKTF",
    declare: async (props) => stack.declare((scope) => void new OfCdktf(scope, "egress", props)),
    apply: () => stack.apply(),
    leftToDo: () => stack.plan(),
    destroy: async () => void (await stack.tofu.ok("destroy", "-no-color", "-auto-approve")),
    close() {
      stack.remove();
      provider.stop();
    },
  };
}

async function onPulumi(consul: ConsulServer): Promise<Engine> {
  const provider = await startPulumiProvider(consul);
  const inline = await openInlineStack(pulumiPath ?? "", provider.debug);
  let program = async (): Promise<void> => undefined;
  return {
    name: "Pulumi",
    async declare(props) {
      program = async () => void new OfPulumi("egress", props);
    },
    apply: async () => void (await (await inline.with(program)).up()),
    leftToDo: () => inline.plan(program),
    destroy: async () => void (await (await inline.with(program)).destroy()),
    close() {
      inline.remove();
      provider.stop();
    },
  };
}

describePart(`on Consul ${VERSION}`, pulumiPath, () => {
  let consul: ConsulServer;
  let empty: ConsulState;
  const engines: Engine[] = [];

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24170);
    engines.push(await onTofu(consul), await onPulumi(consul));
    empty = await readConsul(consul);
  });
  afterAll(async () => {
    for (const engine of engines) engine.close();
    await consul?.stop();
  });

  test("the server is the one that is meant", async () => {
    expect(await consul.call("GET", "/v1/agent/self")).toMatchObject({ Config: { Version: VERSION } });
  });

  test.each(DECLARATIONS)(
    "%s: deployed by both engines alike, nothing to do then, no trace afterwards",
    async (_name, props) => {
      const states: ConsulState[] = [];
      for (const engine of engines) {
        await engine.declare(props);
        await engine.apply();
        expect(await engine.leftToDo()).toEqual({});
        states.push(await readConsul(consul));
        await engine.destroy();
        expect(await readConsul(consul)).toEqual(empty);
      }
      expect(states[0]).not.toEqual(empty);
      expect(states[1]).toEqual(states[0]);
    },
  );

  test.each(["CDKTF", "Pulumi"])("%s: changes lose no service and leave nothing to do", async (name) => {
    const engine = engines.find((each) => each.name === name);
    if (engine === undefined) throw new Error(`${name} did not start`);
    for (const { what, to } of WALK) {
      await engine.declare(to);
      await engine.apply();
      expect([what, await engine.leftToDo()]).toEqual([what, {}]);
      const services = Object.values((await readConsul(consul)).services).map((each) => each.name);
      expect([what, services.toSorted()]).toEqual([what, (to.services ?? []).map((each) => each.name).toSorted()]);
    }
    await engine.destroy();
    expect(await readConsul(consul)).toEqual(empty);
  });

  test.each<[string, string, GatewayProps]>([
    ["1.18.1", "Services[0].DisableAutoHostRewrite", declaration("hostname")],
    ["1.20.1", "Permissions[1].HTTP.Header[0].IgnoreCase", l7({ exact: "blue", ignoreCase: true })],
    ["1.20.1", "Permissions[1].HTTP.Header[0].Contains", l7({ contains: "blue" })],
  ])("what only Consul %s and later know is refused by name, not lost: %s", async (_since, key, props) => {
    for (const engine of engines) {
      await engine.declare(props);
      try {
        await expect(engine.apply()).rejects.toThrow(`${key}"`);
      } finally {
        await engine.destroy();
      }
    }
    expect(await readConsul(consul)).toEqual(empty);
  });
});
