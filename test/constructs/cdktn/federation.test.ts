// Several datacenters in one program, in CDKTF and CDKTN: what belongs to one is not taken for another's.

import type { TerraformProvider, TerraformStack } from "cdktf";
import { CDKTF, CDKTN, resourcesOf, type Side } from "./sides";

const PLAIN = { name: "billing", address: "10.0.0.9", port: 443, plaintext: true } as const;
const SIDES = [
  ["CDKTF", CDKTF],
  ["CDKTN", CDKTN],
] as const;

/** The stack's default provider writes to dc1. */
function inDc2(stack: TerraformStack, side: Side): { readonly provider: TerraformProvider } {
  const address = "consul.dc2.example.com:8501";
  return { provider: new side.ConsulProvider(stack, "dc2", { alias: "dc2", address, datacenter: "dc2" }) };
}

/** What synth says, a line for each mistake. */
function mistakes(side: Side, declare: (stack: TerraformStack) => void): readonly string[] {
  try {
    resourcesOf(side, declare);
    return [];
  } catch (error) {
    return String(error)
      .split("\n")
      .flatMap((line) => line.trim().match(/^\[.*/)?.[0] ?? []);
  }
}

describe.each(SIDES)("%s", (_name, side) => {
  const { ExternalNode, ExternalService, TerminatingGateway } = side.entry;

  test("a gateway in each datacenter, under a name of its own, with services of its own", () => {
    const declare = (stack: TerraformStack): void => {
      const dc2 = inDc2(stack, side);
      for (const [datacenter, own] of [["dc1", {}] as const, ["dc2", dc2] as const]) {
        const name = `egress-${datacenter}`;
        const node = new ExternalNode(stack, `host-${datacenter}`, { address: "10.0.0.8", name: "ftp-host", ...own });
        const linked = { name: `ftp-${datacenter}`, node, port: 21, plaintext: true, ...own };
        const services = [{ ...PLAIN, name: `billing-${datacenter}` }];
        const gateway = new TerminatingGateway(stack, name, { name, datacenter, services, ...own });
        gateway.link(new ExternalService(stack, `ftp-${datacenter}`, linked));
      }
    };
    const all = resourcesOf(side, declare);
    const providers = ["consul_node", "consul_service", "consul_config_entry", "consul_acl_policy"].map((type) =>
      Object.values(all[type] ?? {}).map(({ provider = "dc1" }) => provider),
    );
    // A node for each address, the gateway's own service and the linked one, their three kinds of entries, one policy.
    expect(providers.map((each) => each.filter((provider) => provider === "dc1").length)).toEqual([2, 2, 3, 1]);
    expect(providers.map((each) => each.filter((provider) => provider === "consul.dc2").length)).toEqual([2, 2, 3, 1]);
  });

  test("a linked service of another datacenter", () => {
    const declare = (stack: TerraformStack): void => {
      const service = new ExternalService(stack, "svc", { ...PLAIN, ...inDc2(stack, side) });
      new TerminatingGateway(stack, "gw", { name: "egress", datacenter: "dc1" }).link(service);
    };
    expect(mistakes(side, declare)).toEqual([
      '[net/gw] link("billing"): got a service of datacenter "dc2", allowed "dc1"; services are local to their datacenter: link it to a gateway there, with a name of its own',
    ]);
  });

  test("a linked service of the default provider's datacenter, which is another than the gateway's", () => {
    const declare = (stack: TerraformStack): void => {
      const service = new ExternalService(stack, "svc", PLAIN);
      const gateway = { name: "egress", datacenter: "dc2", ...inDc2(stack, side) };
      new TerminatingGateway(stack, "gw", gateway).link(service);
    };
    expect(mistakes(side, declare)).toEqual([
      expect.stringMatching(/^\[net\/gw\] link\("billing"\): got a service of datacenter "dc1", allowed "dc2"/),
    ]);
  });

  test("a service that is declared elsewhere may be anywhere", () => {
    const declare = (stack: TerraformStack): void => {
      const service = ExternalService.fromServiceAttributes(stack, "svc", PLAIN);
      new TerminatingGateway(stack, "gw", { name: "egress", datacenter: "dc1" }).link(service);
    };
    expect(mistakes(side, declare)).toEqual([]);
  });

  test("a gateway whose provider writes elsewhere", () => {
    const declare = (stack: TerraformStack): void => {
      new TerminatingGateway(stack, "gw", { name: "egress", datacenter: "dc2" });
    };
    expect(mistakes(side, declare)).toEqual([
      '[net/gw] datacenter: got "dc2", allowed "dc1", as its Consul provider has; the provider says where nodes and services are registered: give both the same datacenter',
    ]);
  });

  test("a service on a node of another datacenter", () => {
    const declare = (stack: TerraformStack): void => {
      const node = new ExternalNode(stack, "host", { address: "10.0.0.9", ...inDc2(stack, side) });
      new ExternalService(stack, "svc", { name: "billing", node, port: 443 });
    };
    expect(mistakes(side, declare)).toEqual([
      '[net/svc] node: got a node of datacenter "dc2", allowed "dc1"; a service is registered on a node of its own datacenter: give both the same provider',
    ]);
  });

  test("one name for the gateways of two datacenters, and for a service of both", () => {
    const declare = (stack: TerraformStack): void => {
      new TerminatingGateway(stack, "one", { name: "egress", datacenter: "dc1", services: [PLAIN] });
      const other = { name: "egress", datacenter: "dc2", ...inDc2(stack, side) };
      new TerminatingGateway(stack, "two", { ...other, services: [PLAIN] });
    };
    const lines = mistakes(side, declare);
    expect(lines.map((line) => /got the (.+?) of net\/one in "dc1"/.exec(line)?.[1])).toEqual([
      'acl-policy "egress-terminating-gateway"',
      'acl-role "egress-terminating-gateway"',
      'service-defaults "billing"',
      'terminating-gateway "egress"',
    ]);
    expect(lines[3]).toContain('name each after its datacenter, as with "-dc2" at the end');
  });
});
