// ExternalNode, ExternalService, link() and allowFrom() declare the same as one declaration does.

import { TerraformStack, Testing } from "cdktf";
import { ExternalNode, ExternalService, TerminatingGateway } from "../../../src/constructs/cdktf";
import { allOf, mistakes, type Resources, synth } from "./stack";

const TLS = { caFile: "/ca.pem", certFile: "/client.pem", keyFile: "/client-key.pem", sni: "billing.example.com" };
const READS = [{ action: "allow", pathPrefix: "/public", methods: ["GET"] }] as const;
const GATEWAY = { name: "egress", datacenter: "dc1" };

/** What Consul gets, without Terraform's addresses. */
function contents(resource: Resources): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.keys(resource).map((type) => [
      type,
      allOf(resource, type)
        .map(({ depends_on: _depends, lifecycle: _lifecycle, node, ...rest }) =>
          node === undefined ? rest : { ...rest, node: nameBehind(String(node), resource) },
        )
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    ]),
  );
}

function nameBehind(reference: string, resource: Resources): unknown {
  const [, id = ""] = /^\$\{consul_node\.([\w-]+)\.name\}$/.exec(reference) ?? [];
  return resource.consul_node?.[id]?.name;
}

test("the same resources and the same manifest", () => {
  const one = synth((stack) => {
    new TerminatingGateway(stack, "egress", {
      ...GATEWAY,
      services: [
        { name: "billing", address: "10.0.0.9", port: 443, protocol: "http", tls: TLS, allowFrom: ["web", "batch"] },
        {
          name: "api",
          address: "10.0.0.9",
          port: 8443,
          protocol: "http",
          tls: { caFile: "/ca.pem" },
          intentions: [{ source: "web", permissions: READS }],
        },
      ],
    });
  });
  const composed = synth((stack) => {
    const node = new ExternalNode(stack, "host", { name: "egress-external-10-0-0-9", address: "10.0.0.9" });
    const billing = new ExternalService(stack, "billing", { name: "billing", node, port: 443, protocol: "http" });
    const api = new ExternalService(stack, "api", {
      name: "api",
      node,
      port: 8443,
      protocol: "http",
      tls: { caFile: "/ca.pem" },
    });
    const gateway = new TerminatingGateway(stack, "egress", GATEWAY);
    gateway.link(billing, TLS).link(api);
    expect(gateway.knownManifest).toContain('"name": "egress"');
    // After the link as well: the entries are written at synth.
    billing.allowFrom("web", "batch");
    api.allowFrom("web", { permissions: READS });
  });
  expect(contents(composed.resource)).toEqual(contents(one.resource));
});

test("the gateway's entry waits for the services and intentions of the services linked to it", () => {
  const { resource } = synth((stack) => {
    const service = new ExternalService(stack, "billing", { name: "billing", address: "10.0.0.9", port: 1 });
    new TerminatingGateway(stack, "egress", GATEWAY).link(service, { caFile: "/ca.pem" });
    service.allowFrom("web");
  });
  const entry = allOf(resource, "consul_config_entry").find((each) => each.kind === "terminating-gateway");
  const ids = Object.keys(resource.consul_config_entry ?? {});
  expect(entry?.depends_on).toEqual([
    `consul_acl_policy.${Object.keys(resource.consul_acl_policy ?? {})[0]}`,
    `consul_service.${Object.keys(resource.consul_service ?? {})[0]}`,
    `consul_config_entry.${ids.find((id) => id.startsWith("billing_defaults"))}`,
    `consul_config_entry.${ids.find((id) => id.startsWith("billing_intentions"))}`,
  ]);
});

test("a service without a gateway has all that is its own; its node's name starts with its name", () => {
  const { resource } = synth((stack) => {
    new ExternalService(stack, "b", { name: "billing", address: "10.0.0.9", port: 443 }).allowFrom("web");
  });
  expect(Object.keys(resource).sort()).toEqual(["consul_config_entry", "consul_node", "consul_service"]);
  expect(allOf(resource, "consul_node")[0]?.name).toBe("billing-external-10-0-0-9");
});

test("a node without a name is named by its path", () => {
  const { resource } = synth((stack) => {
    new ExternalNode(stack, "host", { address: "db.example.com", meta: { rack: "r1" } });
  });
  expect(allOf(resource, "consul_node")).toEqual([
    { address: "db.example.com", meta: { "external-node": "true", rack: "r1" }, name: "s-host-external" },
  ]);
});

test("of a service in another stack the gateway's stack is deployed later, and names nothing of it in depends_on", () => {
  const app = Testing.app();
  const [services, gateways] = [new TerraformStack(app, "services"), new TerraformStack(app, "gateways")];
  const service = new ExternalService(services, "b", {
    name: "billing",
    address: "10.0.0.9",
    port: 1,
    plaintext: true,
  });
  new TerminatingGateway(gateways, "egress", GATEWAY).link(service);
  const { resource } = JSON.parse(Testing.synth(gateways));
  const entry = allOf(resource, "consul_config_entry")[0];
  expect(entry).toMatchObject({ config_json: '{"Services":[{"Name":"billing"}]}' });
  expect(entry?.depends_on).toEqual([`consul_acl_policy.${Object.keys(resource.consul_acl_policy)[0]}`]);
  expect(gateways.dependencies).toEqual([services]);
});

describe("imported", () => {
  test("a service known in full is linked without creating anything of its own", () => {
    const { resource } = synth((stack) => {
      const legacy = ExternalService.fromServiceAttributes(stack, "legacy", {
        name: "legacy",
        instances: [{ address: "10.0.0.40", port: 80, node: "legacy-host" }],
        plaintext: true,
      });
      new TerminatingGateway(stack, "egress", GATEWAY).link(legacy);
    });
    expect(resource).not.toHaveProperty("consul_service");
    expect(allOf(resource, "consul_config_entry")).toHaveLength(1);
    expect(allOf(resource, "consul_acl_policy")[0]?.rules).toContain('"legacy-host":{"policy":"read"}');
  });

  test("a service known by name cannot be linked, as nobody knows where it is", () => {
    const declare = (stack: TerraformStack): void => {
      const legacy = ExternalService.fromServiceName(stack, "legacy", "legacy");
      new TerminatingGateway(stack, "egress", GATEWAY).link(legacy, { caFile: "/ca.pem" });
    };
    expect(mistakes((stack) => declare(stack as TerraformStack))).toEqual([
      '[s/egress] link("legacy"): got neither, allowed address and port, or instances; say where the external service is',
    ]);
  });

  test("allowFrom() on it warns that it has no effect", () => {
    const app = Testing.app();
    const stack = new TerraformStack(app, "s");
    const legacy = ExternalService.fromServiceName(stack, "legacy", "legacy").allowFrom("web");
    expect(legacy.node.metadata.map(({ data }) => data)).toEqual([
      '"legacy" is declared elsewhere, and so are its intentions: allowFrom() has no effect here',
    ]);
  });

  test("a gateway is known by its name", () => {
    const stack = new TerraformStack(Testing.app(), "s");
    expect(TerminatingGateway.fromGatewayName(stack, "other", "egress").gatewayName).toBe("egress");
  });
});

test("in a gateway of another namespace a linked service keeps its own", () => {
  const { resource } = synth((stack) => {
    const service = new ExternalService(stack, "b", { name: "billing", address: "10.0.0.9", port: 1, plaintext: true });
    new TerminatingGateway(stack, "egress", { ...GATEWAY, namespace: "edge" }).link(service);
  });
  const entry = allOf(resource, "consul_config_entry").find((each) => each.kind === "terminating-gateway");
  expect(entry?.config_json).toBe('{"Services":[{"Name":"billing","Namespace":"default"}]}');
  expect(allOf(resource, "consul_service")[0]).not.toHaveProperty("namespace");
});
