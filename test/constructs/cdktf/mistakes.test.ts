// Mistakes: all at once, at synth, under the path of the construct that has them; constructing never throws for them.

import { ConsulProvider } from "@cdktf/provider-consul/lib/provider/index.js";
import { type TerraformProvider, TerraformStack, Testing } from "cdktf";
import type { Construct } from "constructs";
import {
  ExternalNode,
  type ExternalNodeProps,
  ExternalService,
  type ExternalServiceProps,
  GatewayLauncher,
  GatewayProcess,
  TerminatingGateway,
  type TerminatingGatewayProps,
} from "../../../src/constructs/cdktf";
import { mistakes, synth } from "./stack";

const GATEWAY = { name: "egress", datacenter: "dc1" };
const PLAIN = { name: "billing", address: "10.0.0.9", port: 1, plaintext: true };

/** Construct path and prop path of each mistake. */
const places = (declare: (scope: Construct) => void): readonly string[] =>
  mistakes(declare).map((line) => line.slice(0, line.indexOf(": got")));

test("of several constructs in one run", () => {
  const declare = (stack: Construct): void => {
    const node = new ExternalNode(stack, "host", { address: "http://x" });
    const service = new ExternalService(stack, "svc", { name: "Billing", node, port: 0 });
    service.allowFrom("web", "*");
    const gateway = new TerminatingGateway(stack, "gw", {
      ...GATEWAY,
      datacentre: "dc1",
      services: [{ name: "a", address: "10.0.0.9", port: 70_000 }],
    } as TerminatingGatewayProps);
    gateway.link(service);
    new GatewayProcess(stack, "process", { gateway, launcher: GatewayLauncher.none() });
  };
  expect([...places(declare)].sort()).toEqual([
    "[s/gw] datacentre",
    "[s/gw] services[0]",
    "[s/gw] services[0].port",
    "[s/host] address",
    "[s/svc] address",
    "[s/svc] allowFrom[1]",
    "[s/svc] name",
    "[s/svc] port",
  ]);
});

test.each<[string, unknown]>([
  ["nothing", {}],
  ["services that are no list", { ...GATEWAY, services: "billing" }],
  ["a service that is nothing", { ...GATEWAY, services: [undefined] }],
  ["a name that is a number", { ...GATEWAY, name: 7 }],
])("constructing survives %s", (_what, props) => {
  expect(places((stack) => new TerminatingGateway(stack, "gw", props as TerminatingGatewayProps))).not.toEqual([]);
  expect(places((stack) => new ExternalService(stack, "svc", props as ExternalServiceProps))).not.toEqual([]);
  expect(places((stack) => new ExternalNode(stack, "host", props as ExternalNodeProps))).not.toEqual([]);
});

test("of a linked service's link: the path says which", () => {
  const declare = (stack: Construct): void => {
    const service = new ExternalService(stack, "svc", { name: "billing", address: "10.0.0.9", port: 1 });
    new TerminatingGateway(stack, "gw", { ...GATEWAY, services: [{ ...PLAIN, name: "a" }] }).link(service, {
      certFile: "/client.pem",
    });
  };
  expect(places(declare)).toEqual(['[s/gw] link("billing").tls.keyFile', '[s/gw] link("billing").tls.caFile']);
});

test("a service linked twice, and one that is declared and linked", () => {
  const declare = (stack: Construct): void => {
    const service = new ExternalService(stack, "svc", { ...PLAIN, address: "10.0.0.8" });
    const gateway = new TerminatingGateway(stack, "gw", { ...GATEWAY, acl: { enabled: false } });
    gateway.link(service).link(service);
  };
  expect(places(declare)).toContain('[s/gw] link("billing").name');
});

test("a linked service of another partition", () => {
  const declare = (stack: Construct): void => {
    const service = new ExternalService(stack, "svc", { ...PLAIN, partition: "west" });
    new TerminatingGateway(stack, "gw", { ...GATEWAY, partition: "east" }).link(service);
  };
  expect(mistakes(declare)).toEqual([
    '[s/gw] link("billing"): got partition "west", allowed "east"; a gateway serves its own partition: give both the same',
  ]);
});

test("a node together with an address", () => {
  const declare = (stack: Construct): void => {
    const node = new ExternalNode(stack, "host", { address: "10.0.0.9" });
    new ExternalService(stack, "svc", { name: "billing", node, address: "10.0.0.9", port: 1 });
  };
  expect(places(declare)).toEqual(["[s/svc] address"]);
});

test("an output name that Terraform refuses", () => {
  const declare = (stack: Construct): void => {
    new TerminatingGateway(stack, "gw", { ...GATEWAY, outputName: "1 manifest" });
  };
  expect(places(declare)).toEqual(["[s/gw] outputName"]);
});

test("names that another construct of the stack owns; another provider is another Consul", () => {
  const gateway = (stack: Construct, id: string, provider?: TerraformProvider): void => {
    const own = provider === undefined ? {} : { provider };
    new TerminatingGateway(stack, id, { ...GATEWAY, services: [PLAIN], ...own });
  };
  const twice = (stack: Construct): void => {
    gateway(stack, "a");
    gateway(stack, "b");
  };
  const lines = mistakes(twice);
  expect(lines.every((line) => line.startsWith("[s/b] name: got the "))).toBe(true);
  expect(lines.map((line) => /got the (.+?) of s\/a,/.exec(line)?.[1])).toEqual([
    'acl-policy "egress-terminating-gateway"',
    'acl-role "egress-terminating-gateway"',
    'node "egress-external-10-0-0-9"',
    'service id "billing" on node-egress-external-10-0-0-9',
    'service-defaults "billing"',
    'terminating-gateway "egress"',
  ]);
  const elsewhere = (stack: TerraformStack): void => {
    gateway(stack, "a");
    gateway(stack, "b", new ConsulProvider(stack, "west", { address: "127.0.0.1:8501", alias: "west" }));
  };
  expect(Object.keys(synth(elsewhere).resource.consul_config_entry ?? {})).toHaveLength(4);
});

test("without validations nothing is created for a declaration with mistakes", () => {
  const stack = new TerraformStack(Testing.app(), "s");
  new TerminatingGateway(stack, "gw", {} as TerminatingGatewayProps);
  expect(JSON.parse(Testing.synth(stack))).not.toHaveProperty("resource");
});
