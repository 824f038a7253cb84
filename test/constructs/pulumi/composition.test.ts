// ExternalNode, ExternalService, link() and allowFrom() declare the same as one declaration does.

import * as pulumi from "@pulumi/pulumi";
import { ExternalNode, ExternalService, TerminatingGateway } from "../../../src/constructs/pulumi";
import { type Registered, type Run, runProgram, Unborn } from "./program";
import { known } from "./values";

const TLS = { caFile: "/ca.pem", certFile: "/client.pem", keyFile: "/client-key.pem", sni: "billing.example.com" };
const READS = [{ action: "allow", pathPrefix: "/public", methods: ["GET"] }] as const;
const GATEWAY = { name: "egress", datacenter: "dc1" };
const PLAIN = { name: "billing", address: "10.0.0.9", port: 1, plaintext: true };

/** What Consul gets, without Pulumi's own names. */
const contents = ({ resources }: Run<unknown>): readonly string[] =>
  resources
    .filter(({ type }) => type.startsWith("consul:"))
    .map(({ type, inputs }) => `${type} ${JSON.stringify(inputs)}`)
    .sort();

const find = ({ resources }: Run<unknown>, name: string): Registered | undefined =>
  resources.find((each) => each.name === name);

describe.each([true, false])("preview %s", (preview) => {
  test("the same resources and the same manifest", async () => {
    const one = await runProgram(
      preview,
      () =>
        new TerminatingGateway("egress", {
          ...GATEWAY,
          services: [
            {
              name: "billing",
              address: "10.0.0.9",
              port: 443,
              protocol: "http",
              tls: TLS,
              allowFrom: ["web", "batch"],
            },
            {
              name: "api",
              address: "10.0.0.9",
              port: 8443,
              protocol: "http",
              tls: { caFile: "/ca.pem" },
              intentions: [{ source: "web", permissions: READS }],
            },
          ],
        }),
    );
    const composed = await runProgram(preview, () => {
      const node = new ExternalNode("host", { name: "egress-external-10-0-0-9", address: "10.0.0.9" });
      const gateway = new TerminatingGateway("egress", GATEWAY);
      const billing = new ExternalService("billing", { name: "billing", node, port: 443, protocol: "http" });
      const api = new ExternalService("api", {
        name: "api",
        node,
        port: 8443,
        protocol: "http",
        tls: { caFile: "/ca.pem" },
      });
      gateway.link(billing, TLS).link(api);
      billing.allowFrom("web", "batch");
      api.allowFrom("web", { permissions: READS });
      return gateway;
    });
    expect([...one.failures, ...composed.failures]).toEqual([]);
    expect(contents(composed)).toEqual(contents(one));
    expect(await known(composed.result?.manifest)).toBe(await known(one.result?.manifest));
  });

  test("the gateway's entry waits for all of the services linked to it", async () => {
    const run = await runProgram(preview, () => {
      const gateway = new TerminatingGateway("egress", GATEWAY);
      const service = new ExternalService("b", { name: "billing", address: "10.0.0.9", port: 1 });
      gateway.link(service, { caFile: "/ca.pem" });
      service.allowFrom("web");
    });
    expect(find(run, "egress-gateway")).toMatchObject({
      parent: "egress",
      dependsOn: [
        "b-defaults-billing",
        "b-intentions-billing",
        "b-node-billing-external-10-0-0-9",
        "b-service-billing",
        "egress-policy",
      ],
    });
  });

  test("a late address of a node reaches the service and the manifest", async () => {
    const run = await runProgram(preview, () => {
      const node = new ExternalNode("host", { address: new Unborn("other", "10.0.0.9").value });
      const service = new ExternalService("b", { name: "billing", node, port: 1, plaintext: true });
      return new TerminatingGateway("egress", GATEWAY).link(service);
    });
    expect(run.failures).toEqual([]);
    const service = find(run, "b-service-billing");
    expect(service).toMatchObject({ inputs: { node: "host-external" }, nodeOf: ["host-node-host-external"] });
    expect(pulumi.containsUnknowns(service?.inputs.address)).toBe(preview);
    if (!preview) expect(service?.inputs.address).toBe("10.0.0.9");
    if (!preview) expect(await known(run.result?.manifest)).toContain('"address": "10.0.0.9"');
  });
});

test("a service without a gateway has all that is its own; its node's name starts with its name", async () => {
  const run = await runProgram(false, () => {
    new ExternalService("b", { name: "billing", address: "10.0.0.9", port: 443 }).allowFrom("web");
  });
  expect(run.resources.map(({ name, parent }) => [name, parent])).toEqual([
    ["b", undefined],
    ["b-defaults-billing", "b"],
    ["b-intentions-billing", "b"],
    ["b-node-billing-external-10-0-0-9", "b"],
    ["b-service-billing", "b"],
  ]);
});

test("components have the types that docs/naming.md promises to states that exist", async () => {
  const run = await runProgram(false, () => {
    const node = new ExternalNode("host", { name: "host", address: "10.0.0.9" });
    new ExternalService("billing", { name: "billing", node, port: 443 });
    new TerminatingGateway("egress", GATEWAY);
  });
  const types = run.resources.map(({ type }) => type).filter((type) => !type.startsWith("consul:"));
  expect(types.toSorted()).toEqual([
    "consul-terminating-gateway:index:ExternalNode",
    "consul-terminating-gateway:index:ExternalService",
    "consul-terminating-gateway:index:TerminatingGateway",
  ]);
});

test("a node without a name is named by its component", async () => {
  const run = await runProgram(false, () => {
    new ExternalNode("host", { address: "db.example.com", meta: { rack: "r1" } });
  });
  expect(find(run, "host-node-host-external")).toMatchObject({
    inputs: { address: "db.example.com", meta: { "external-node": "true", rack: "r1" }, name: "host-external" },
    parent: "host",
  });
});

describe("imported", () => {
  test("a service known in full is linked without creating anything of its own", async () => {
    const run = await runProgram(false, () => {
      const legacy = ExternalService.fromServiceAttributes({
        name: "legacy",
        instances: [{ address: "10.0.0.40", port: 80, node: "legacy-host" }],
        plaintext: true,
      });
      new TerminatingGateway("egress", GATEWAY).link(legacy);
    });
    expect(run.resources.map(({ name }) => name)).toEqual([
      "egress",
      "egress-gateway",
      "egress-policy",
      "egress-role",
      "egress-token",
    ]);
    expect(find(run, "egress-policy")?.inputs.rules).toContain('"legacy-host":{"policy":"read"}');
  });

  test("a service known by name cannot be linked, as nobody knows where it is", async () => {
    const { failures } = await runProgram(false, () => {
      new TerminatingGateway("egress", GATEWAY).link(ExternalService.fromServiceName("legacy"), { caFile: "/ca.pem" });
    });
    expect(failures).toEqual([
      'TerminatingGateway "egress" cannot be deployed:\n  link("legacy"): got neither, allowed address and port, or instances; say where the external service is',
    ]);
  });

  test("allowFrom() on it warns that it has no effect", async () => {
    const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
    try {
      ExternalService.fromServiceName("legacy").allowFrom("web");
      expect(warn.mock.calls).toEqual([
        ['"legacy" is declared elsewhere, and so are its intentions: allowFrom() has no effect here'],
      ]);
    } finally {
      warn.mockRestore();
    }
  });

  test("a gateway is known by its name", async () => {
    const run = await runProgram(false, () => known(TerminatingGateway.fromGatewayName("egress").gatewayName));
    expect(run.result).toBe("egress");
    expect(run.resources).toEqual([]);
  });
});

test("in a gateway of another namespace a linked service keeps its own", async () => {
  const run = await runProgram(false, () => {
    new TerminatingGateway("egress", { ...GATEWAY, namespace: "edge" }).link(new ExternalService("b", PLAIN));
  });
  expect(find(run, "egress-gateway")?.inputs.configJson).toBe(
    '{"Services":[{"Name":"billing","Namespace":"default"}]}',
  );
  expect(find(run, "b-service-billing")?.inputs).not.toHaveProperty("namespace");
});

describe("too late", () => {
  test("link() after an await", async () => {
    const { failures } = await runProgram(false, async () => {
      const gateway = new TerminatingGateway("egress", GATEWAY);
      await Promise.resolve();
      await Promise.resolve();
      gateway.link(ExternalService.fromServiceName("legacy"));
    });
    expect(failures).toEqual([
      'TerminatingGateway "egress" is complete and its resources are being made: call link() before the first await or apply that follows its construction',
    ]);
  });

  test("allowFrom() inside an apply", async () => {
    const { failures } = await runProgram(false, () => {
      const service = new ExternalService("b", PLAIN);
      pulumi.output("web").apply((source) => service.allowFrom(source));
    });
    expect(failures).toEqual([
      'ExternalService "b" is complete and its resources are being made: call allowFrom() before the first await or apply that follows its construction',
    ]);
  });
});
