// Traps of Pulumi and the Consul provider, each against the real engine and a real Consul. Numbers are those that the plan's
// rules are named by.

import * as consulProvider from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import { TerminatingGateway } from "../../src/constructs/pulumi";
import type { GatewayProps } from "../../src/model/props";
import type { ConsulServer } from "../support/consul-server";
import { readConsul } from "../support/iac/consul-state";
import { declaration, goldenText, withService } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { placesOf } from "../support/iac/places";
import { type PulumiProvider, startPulumiProvider } from "../support/iac/pulumi-provider";
import { type InlineStack, openInlineStack } from "../support/iac/pulumi-stack";
import { describePart, realConsul, realPulumi } from "../support/real-parts";

jest.setTimeout(120_000);

const consulPath = realConsul("1.22.3");
const pulumiPath = consulPath === undefined ? undefined : realPulumi();
const BASE = declaration("one-declaration");

describePart("with Pulumi", pulumiPath, (binary) => {
  let consul: ConsulServer;
  let provider: PulumiProvider;
  let stacks: InlineStack[] = [];

  const program = (props: GatewayProps) => async () => {
    const { manifest } = new TerminatingGateway("egress", props);
    return { manifest };
  };
  const open = async (): Promise<InlineStack> => {
    const stack = await openInlineStack(binary, provider.debug);
    stacks.push(stack);
    return stack;
  };
  const deployed = async (props: GatewayProps): Promise<InlineStack> => {
    const stack = await open();
    await (await stack.with(program(props))).up();
    return stack;
  };

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24220);
    provider = await startPulumiProvider(consul);
  });
  afterAll(async () => {
    provider?.stop();
    await consul?.stop();
  });
  afterEach(async () => {
    for (const stack of stacks) {
      await (await stack.with(async () => undefined)).destroy();
      stack.remove();
    }
    stacks = [];
  });

  test("P1, P7: a node whose address changes is deleted first, and its services come back with it", async () => {
    const at = (address: string): GatewayProps => {
      const { address: _a, port: _p, ...rest } = BASE.services?.[0] ?? { name: "" };
      const instances = [{ address, port: 443, node: "billing-host" }];
      return { ...BASE, services: [{ ...rest, instances }] };
    };
    const stack = await deployed(at("10.0.0.9"));
    await (await stack.with(program(at("10.0.0.10")))).up();
    const { nodes, services } = await readConsul(consul);
    expect(nodes["billing-host"]?.address).toBe("10.0.0.10");
    expect(services["billing-host/billing"]).toMatchObject({ name: "billing", address: "10.0.0.10", port: 443 });
    await (await stack.with(program(at("10.0.0.10")))).preview({ expectNoChanges: true });
  });

  test("P8: neither the token's secret nor the provider's is written down in clear", async () => {
    const stack = await open();
    const withSecret = async () => {
      const token = pulumi.secret(consul.token);
      const given = new consulProvider.Provider("c", { address: consul.address, datacenter: "dc1", token });
      const { manifest } = new TerminatingGateway("egress", BASE, { provider: given });
      return { manifest };
    };
    const inline = await stack.with(withSecret);
    const { stdout } = await inline.up();
    const tokens = (await consul.call("GET", "/v1/acl/tokens")) as { AccessorID: string; Description: string }[];
    const made = tokens.find(({ Description }) => Description === "Terminating gateway egress");
    const token = (await consul.call("GET", `/v1/acl/token/${made?.AccessorID}`)) as { SecretID: string };
    const all = { ...stack.written(), stdout };
    expect(placesOf(made?.AccessorID, all)).toContain("state/.pulumi/stacks/shop/prod.json");
    expect(placesOf(token.SecretID, all)).toEqual([]);
    expect(placesOf(consul.token, all)).toEqual([]);
    await inline.destroy();
  });

  test("P9: what others delete is put back after a refresh, and nothing else is touched", async () => {
    const stack = await deployed(BASE);
    const before = await readConsul(consul);
    await consul.call("PUT", "/v1/catalog/deregister", { Node: "egress-external-10-0-0-9", ServiceID: "billing" });
    await consul.call("PUT", "/v1/config", { Kind: "terminating-gateway", Name: "egress" });
    const inline = await stack.with(program(BASE));
    await inline.preview({ expectNoChanges: true });
    await inline.refresh();
    expect(await stack.plan(program(BASE))).toEqual({ "egress-service-billing": "create", "egress-gateway": "update" });
    await (await stack.with(program(BASE))).up();
    expect(await readConsul(consul)).toEqual(before);
  });

  test("2, 5: nothing is a difference for ever, whatever the order and case of what was declared", async () => {
    const intentions = [
      { source: "*", wildcard: true, action: "deny" },
      { source: "web", permissions: [{ action: "allow", pathPrefix: "/", methods: ["get", "put"] }] },
      { source: "batch" },
    ] as const;
    const props = withService(BASE, { intentions, allowFrom: [] });
    const stack = await deployed(props);
    const inline = await stack.with(program(props));
    await inline.refresh({ expectNoChanges: true });
    await inline.preview({ expectNoChanges: true });
  });

  test("late values: a preview knows what can be known, and what is deployed is whole", async () => {
    const stack = await open();
    const late = async () => {
      // What another resource answers is unknown in a preview: here, a node's datacenter.
      const other = new consulProvider.Node("other", { name: "late-source", address: "10.0.0.77" });
      const sni = pulumi.interpolate`billing.${other.datacenter}.example.com`;
      const tls = { ...BASE.services?.[0]?.tls, sni };
      const { manifest } = new TerminatingGateway("egress", withLateTls(tls));
      return { manifest };
    };
    const withLateTls = (tls: object) => ({ ...BASE, services: [{ ...BASE.services?.[0], name: "billing", tls }] });
    const actions = await stack.plan(late);
    expect(actions).toMatchObject({ "egress-gateway": "create", "egress-service-billing": "create" });
    const { outputs } = await (await stack.with(late)).up();
    expect(outputs.manifest?.value).toContain('"sni": "billing.dc1.example.com"');
    const { entries } = await readConsul(consul);
    expect(entries["terminating-gateway/egress"]).toMatchObject({ Services: [{ SNI: "billing.dc1.example.com" }] });
    await (await stack.with(late)).preview({ expectNoChanges: true });
  });

  const second = async (): Promise<unknown> => {
    const stack = await open();
    const inline = await stack.with(program(withService(BASE, { name: "invoices", address: "10.0.0.99" })));
    return inline.up().then(
      () => undefined,
      (reason: unknown) => reason,
    );
  };

  test("N14: a second stack that claims the gateway's name fails and says why", async () => {
    await deployed(BASE);
    expect(String(await second())).toContain('Policy with Name "egress-terminating-gateway" already exists');
  });

  test("federation: a provider that says the gateway's datacenter is one more resource, and nothing else", async () => {
    const through = async () => {
      const options = { provider: new consulProvider.Provider("consul", { datacenter: "dc1" }) };
      const { manifest } = new TerminatingGateway("egress", BASE, options);
      return { manifest };
    };
    const stack = await open();
    const { outputs } = await (await stack.with(through)).up();
    expect(outputs.manifest).toMatchObject({ value: goldenText("one-declaration"), secret: false });
    expect(await stack.plan(through)).toEqual({});
  });
});
