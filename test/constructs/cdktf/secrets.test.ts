// A secret that lands in a prop reaches neither what is synthesised nor what is printed.

import { TerraformStack, Testing } from "cdktf";
import {
  ExternalNode,
  ExternalService,
  GatewayLauncher,
  GatewayProcess,
  TerminatingGateway,
  type TerminatingGatewayProps,
} from "../../../src/constructs/cdktf";
import { mistakes } from "./stack";

const CANARY = "CANARY5up3rS3cr3t";
const KEY = `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----\n`;
const GATEWAY = { name: "egress", datacenter: "dc1" };
const service = (change: object) => ({
  ...GATEWAY,
  services: [{ name: "billing", address: "10.0.0.9", port: 443, tls: { caFile: "/ca.pem" }, ...change }],
});

const GATEWAYS: readonly [string, object][] = [
  ["caFile", service({ tls: { caFile: KEY } })],
  ["keyFile", service({ tls: { caFile: "/ca.pem", certFile: "/c.pem", keyFile: KEY } })],
  ["sni", service({ tls: { caFile: "/ca.pem", sni: KEY } })],
  ["address", service({ address: KEY })],
  ["meta", service({ meta: { note: KEY } })],
  ["tags", service({ tags: [KEY] })],
  ["allowFrom", service({ allowFrom: [KEY] })],
  ["an unknown prop", { ...GATEWAY, token: KEY }],
];

test.each(GATEWAYS)("in %s: refused, and never repeated", (_where, props) => {
  const declare = (scope: ConstructorParameters<typeof TerminatingGateway>[0]): void => {
    new TerminatingGateway(scope, "egress", props as TerminatingGatewayProps);
  };
  const lines = mistakes(declare);
  expect(lines).not.toEqual([]);
  expect(lines.join("\n")).not.toContain(CANARY);
  const stack = new TerraformStack(Testing.app(), "s");
  declare(stack);
  expect(Testing.synth(stack)).not.toContain(CANARY);
});

test("in composed constructs and launchers", () => {
  const lines = mistakes((stack) => {
    const node = new ExternalNode(stack, "host", { address: KEY, name: KEY });
    new ExternalService(stack, "svc", { name: "a", node, port: 1 }).allowFrom(KEY, "web");
    const gateway = new TerminatingGateway(stack, "egress", GATEWAY);
    const directory = KEY;
    new GatewayProcess(stack, "p1", { gateway, launcher: GatewayLauncher.localExec({ directory, command: [KEY] }) });
    new GatewayProcess(stack, "p2", { gateway, launcher: GatewayLauncher.systemd({ tokenFile: KEY, user: KEY }) });
  });
  expect(lines.length).toBeGreaterThanOrEqual(7);
  expect(lines.join("\n")).not.toContain(CANARY);
});
