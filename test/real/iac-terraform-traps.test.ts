// Traps of Terraform and the Consul provider, each against a real OpenTofu and a real Consul. Numbers are those that the
// plan's rules are named by: where several resources meet, somebody would lose services, access or a clean plan.

import { ConsulProvider } from "@cdktf/provider-consul/lib/provider/index.js";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { TerminatingGateway } from "../../src/constructs/cdktf";
import type { GatewayProps } from "../../src/model/props";
import type { ConsulServer } from "../support/consul-server";
import { readConsul } from "../support/iac/consul-state";
import { declaration, withService } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { placesOf } from "../support/iac/places";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack, STACK } from "../support/iac/terraform-stack";
import { describePart, realConsul, realTofu } from "../support/real-parts";

jest.setTimeout(60_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const BASE = declaration("one-declaration");

describePart("with CDKTF", tofuPath, (binary) => {
  let consul: ConsulServer;
  let provider: TerraformProvider;
  let stacks: DeployableStack[] = [];

  const declare = (stack: DeployableStack, props: GatewayProps): void =>
    stack.declare((scope) => {
      new TerminatingGateway(scope, "egress", props);
    });
  const open = async (props: GatewayProps): Promise<DeployableStack> => {
    const stack = await openStack(binary, provider.reattach);
    stacks.push(stack);
    declare(stack, props);
    return stack;
  };
  const deployed = async (props: GatewayProps): Promise<DeployableStack> => {
    const stack = await open(props);
    await stack.apply();
    return stack;
  };
  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24120);
    provider = await startTerraformProvider(consul);
  });
  afterAll(async () => {
    provider?.stop();
    await consul?.stop();
  });
  afterEach(async () => {
    for (const stack of stacks) {
      await stack.tofu.run("destroy", "-no-color", "-auto-approve");
      stack.remove();
    }
    stacks = [];
  });

  test("2: intentions in any order and methods in lower case are no difference for ever", async () => {
    const intentions = [
      { source: "*", wildcard: true, action: "deny" },
      { source: "web", permissions: [{ action: "allow", pathPrefix: "/", methods: ["get", "put"] }] },
      { source: "batch" },
    ] as const;
    const stack = await deployed(withService(BASE, { intentions, allowFrom: [] }));
    expect(await stack.plan()).toEqual({});
  });

  test("3: all that may call a service is in one entry", async () => {
    const stack = await deployed(withService(BASE, { allowFrom: ["web", "batch"], intentions: [{ source: "audit" }] }));
    const list = (await stack.tofu.ok("state", "list")).split("\n");
    expect(list.filter((line) => line.includes("intentions"))).toHaveLength(1);
    const { entries } = await readConsul(consul);
    const { Sources } = entries["service-intentions/billing"] as { Sources: { Name: string }[] };
    expect(Sources.map(({ Name }) => Name)).toEqual(["audit", "web", "batch"]);
  });

  test("4: no key of the gateway's entry is dropped on the way", async () => {
    await deployed(withService(BASE, { disableAutoHostRewrite: true }));
    const { entries } = await readConsul(consul);
    expect(entries["terminating-gateway/egress"]).toEqual({
      ...{ Kind: "terminating-gateway", Name: "egress" },
      Services: [
        {
          ...{ Name: "billing", CAFile: "/etc/egress/billing-ca.pem", SNI: "billing.example.com" },
          ...{
            CertFile: "/etc/egress/client.pem",
            KeyFile: "/etc/egress/client-key.pem",
            DisableAutoHostRewrite: true,
          },
        },
      ],
    });
  });

  test("5: a gateway without services or metadata is no difference for ever", async () => {
    const stack = await deployed({ name: "egress", datacenter: "dc1" });
    expect(await stack.plan()).toEqual({});
  });

  test("12: a node that is replaced on demand takes its services along, and they come back at once", async () => {
    const stack = await deployed(BASE);
    const before = await readConsul(consul);
    const node = stack.addressOf("egress/node-egress-external-10-0-0-9");
    const replaced = { "egress/node-egress-external-10-0-0-9": "replace", "egress/service-billing": "replace" };
    expect(await stack.plan(`-replace=${node}`)).toEqual(replaced);
    await stack.tofu.ok("apply", "-no-color", "plan");
    expect(await readConsul(consul)).toEqual(before);
    expect(await stack.plan()).toEqual({});
    await stack.tofu.ok("taint", node);
    expect(await stack.plan()).toEqual(replaced);
  });

  test("13: nothing is created before what it replaces is destroyed", async () => {
    const stack = await deployed(BASE);
    expect(placesOf("create_before_destroy", stack.written())).toEqual([]);
  });

  test("14, N2: nothing is created before what it needs, and nothing goes while something needs it", async () => {
    const stack = await open(declaration("l7-permissions"));
    await stack.init();
    await stack.tofu.ok("apply", "-no-color", "-auto-approve", "-parallelism=50");
    expect(await stack.plan()).toEqual({});
    await stack.tofu.ok("destroy", "-no-color", "-auto-approve", "-parallelism=50");
  });

  test("15: what others delete or edit is put back, and nothing else is touched", async () => {
    const stack = await deployed(BASE);
    const before = await readConsul(consul);
    await consul.call("PUT", "/v1/catalog/deregister", { Node: "egress-external-10-0-0-9", ServiceID: "billing" });
    await consul.call("DELETE", "/v1/config/service-intentions/billing");
    await consul.call("PUT", "/v1/config", { Kind: "terminating-gateway", Name: "egress" });
    expect(await stack.plan()).toEqual({
      ...{ "egress/service-billing": "create", "egress/intentions-billing": "create", "egress/gateway": "update" },
    });
    await stack.apply();
    expect(await readConsul(consul)).toEqual(before);
    await consul.call("PUT", "/v1/catalog/deregister", { Node: "egress-external-10-0-0-9" });
    const lost = { "egress/node-egress-external-10-0-0-9": "create", "egress/service-billing": "create" };
    expect(await stack.plan()).toEqual(lost);
    await stack.apply();
    expect(await readConsul(consul)).toEqual(before);
    expect(await stack.plan()).toEqual({});
  });

  test("N9: what the server fills in is drift in the plan's JSON, and nothing to do", async () => {
    const stack = await deployed(BASE);
    expect(await stack.plan()).toEqual({});
    const { resource_drift: drift } = JSON.parse(await stack.tofu.ok("show", "-json", "plan"));
    const noted = (drift as { type: string }[]).map(({ type }) => type);
    expect(noted).toEqual(expect.arrayContaining(["consul_service"]));
  });

  test("N10: tags that others change are put back", async () => {
    const stack = await deployed(withService(BASE, { tags: ["primary"] }));
    const before = await readConsul(consul);
    const Service = { ID: "billing", Service: "billing", Address: "10.0.0.9", Port: 443, Tags: ["theirs"] };
    const theirs = { Node: "egress-external-10-0-0-9", Address: "10.0.0.9", SkipNodeUpdate: true, Service };
    await consul.call("PUT", "/v1/catalog/register", theirs);
    expect(await stack.plan()).toEqual({ "egress/service-billing": "update" });
    await stack.apply();
    expect(await readConsul(consul)).toEqual(before);
  });

  test("17: neither the token's secret nor the provider's is written down", async () => {
    const stack = await deployed(BASE);
    const tokens = (await consul.call("GET", "/v1/acl/tokens")) as { AccessorID: string; Description: string }[];
    const made = tokens.find(({ Description }) => Description === "Terminating gateway egress");
    const token = (await consul.call("GET", `/v1/acl/token/${made?.AccessorID}`)) as { SecretID: string };
    await stack.plan();
    const all = {
      ...stack.written(),
      plan: await stack.tofu.ok("show", "-json", "plan"),
      show: await stack.tofu.ok("show", "-json"),
    };
    expect(placesOf(made?.AccessorID, all)).toEqual(expect.arrayContaining(["terraform.tfstate", "show", "plan"]));
    expect(placesOf(token.SecretID, all)).toEqual([]);
    expect(placesOf(consul.token, all)).toEqual([]);
  });

  test("18: a provider without a datacenter, and a token that may not ask the agent, are enough", async () => {
    const rules =
      'acl = "write"\nservice_prefix "" { policy = "write" intentions = "write" }\nnode_prefix "" { policy = "write" }';
    const token = await consul.makeToken(`${rules}\nmesh = "write"`);
    await expect(consul.call("GET", "/v1/agent/self", undefined, token)).rejects.toThrow("403");
    const limited = await startTerraformProvider({ address: consul.address, token });
    try {
      const stack = await openStack(binary, limited.reattach);
      stacks.push(stack);
      stack.synthesise((outdir, path) => {
        const app = new App({ outdir });
        const scope = new TerraformStack(app, STACK);
        new LocalBackend(scope, { path });
        new ConsulProvider(scope, "consul", {});
        new TerminatingGateway(scope, "egress", BASE);
        app.synth();
      });
      await stack.apply();
      expect(await stack.plan()).toEqual({});
      await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
    } finally {
      limited.stop();
    }
  });

  test("19: what was not asked for is not sent; a namespace that was is refused by the community edition", async () => {
    const stack = await open({ ...BASE, namespace: "default" });
    await stack.init();
    const { code, stderr } = await stack.tofu.run("apply", "-no-color", "-auto-approve");
    expect(code).toBe(1);
    expect(stderr).toContain("Unexpected response code: 400");
  });

  test("N1: two gateways that reach one address have a node each, and destroying one leaves the other", async () => {
    const egress = await deployed(BASE);
    const before = await readConsul(consul);
    const other = await deployed({
      ...withService(BASE, { name: "invoices" }),
      name: "out",
    });
    await other.tofu.ok("destroy", "-no-color", "-auto-approve");
    expect(await readConsul(consul)).toEqual(before);
    expect(await egress.plan()).toEqual({});
  });

  test("N3: the metadata key that the provider hides is refused at synth", async () => {
    const meta = { "external-source": "me" };
    await expect(open(withService(BASE, { meta }))).rejects.toThrow(/external-source/);
  });

  test("N5: two instances at one address are two services on one node", async () => {
    const at = (port: number, id: string) => ({ address: "10.0.0.9", port, id });
    const { address: _a, port: _p, ...rest } = BASE.services?.[0] ?? { name: "" };
    const stack = await deployed({ ...BASE, services: [{ ...rest, instances: [at(443, "a"), at(444, "b")] }] });
    expect(await stack.plan()).toEqual({});
    const { services } = await readConsul(consul);
    expect(Object.keys(services)).toEqual(["egress-external-10-0-0-9/a", "egress-external-10-0-0-9/b"]);
  });

  test("N7: text that Terraform would take for a template is refused at synth", async () => {
    for (const text of ["${HOME}", "%{ if true }"]) {
      await expect(open(withService(BASE, { meta: { note: text } }))).rejects.toThrow(/services\[0\]\.meta\.note/);
    }
  });

  test("N7: all other text arrives as it was written", async () => {
    const text = '100% {x} $HOME $$ <&> "quoted" back\\slash';
    const stack = await deployed(
      withService(BASE, { allowFrom: [], intentions: [{ source: "web", description: text }], meta: { note: text } }),
    );
    expect(await stack.plan()).toEqual({});
    const { entries, services } = await readConsul(consul);
    expect(entries["service-intentions/billing"]).toMatchObject({ Sources: [{ Description: text }] });
    expect(services["egress-external-10-0-0-9/billing"]).toMatchObject({ meta: { note: text } });
  });

  test("N12: a client certificate without its key is refused at synth", async () => {
    const tls = { caFile: "/etc/egress/ca.pem", certFile: "/etc/egress/client.pem" };
    await expect(open(withService(BASE, { tls }))).rejects.toThrow(/services\[0\]\.tls/);
  });

  const secondOf = async (
    props: GatewayProps,
  ): Promise<{ readonly stack: DeployableStack; readonly errors: string }> => {
    const stack = await open(props);
    await stack.init();
    const { code, stderr } = await stack.tofu.run("apply", "-no-color", "-auto-approve");
    expect(code).toBe(1);
    return { stack, errors: stderr };
  };

  test("N14: a second stack that claims the gateway's name fails and says why", async () => {
    await deployed(BASE);
    const { errors } = await secondOf(BASE);
    expect(errors).toContain('Policy with Name "egress-terminating-gateway" already exists');
  });

  test.each([
    ["with other services", withService(BASE, { name: "invoices", address: "10.0.0.99" })],
    ["with the same services", BASE],
  ])("20: what a stack has survives a second one that claims the gateway's name, %s", async (_with, props) => {
    const first = await deployed(BASE);
    const before = await readConsul(consul);
    const second = await secondOf(props);
    expect(await first.plan()).toEqual({});
    await second.stack.tofu.ok("destroy", "-no-color", "-auto-approve");
    expect(await readConsul(consul)).toEqual(before);
  });
});
