// What the Consul provider and Pulumi's engine do in silence, and how the resources avoid it: over every golden case, plain
// and with late values.

import * as pulumi from "@pulumi/pulumi";
import { TerminatingGateway, type TerminatingGatewayArgs } from "../../../src/constructs/pulumi";
import { goldenCases } from "../../support/golden";
import { type Registered, runProgram } from "./program";

type Json = { readonly [key: string]: unknown };

/** The same declaration with each leaf that may be late as an Output. */
function allLate(value: unknown, key = ""): unknown {
  if (typeof value === "string") {
    return ["address", "caFile", "certFile", "keyFile", "sni"].includes(key) ? pulumi.output(value) : value;
  }
  if (Array.isArray(value)) return value.map((each) => allLate(each, key));
  if (typeof value !== "object" || value === null) return value;
  // The addresses to listen on are no leaves.
  const entries = Object.entries(value).map(([name, each]) => [
    name,
    name === "bind" || name === "proxyConfig" ? each : allLate(each, name),
  ]);
  return Object.fromEntries(entries);
}

const programs = goldenCases().flatMap(({ name, props }) => [
  [name, () => props] as const,
  [`${name}, all late`, () => allLate(props)] as const,
]);

describe.each(programs)("%s", (_name, argsOf) => {
  let resources: readonly Registered[] = [];

  beforeAll(async () => {
    const run = await runProgram(false, () => new TerminatingGateway("egress", argsOf() as TerminatingGatewayArgs));
    expect(run.failures).toEqual([]);
    resources = run.resources;
  });

  const of = (kind: string): readonly Registered[] =>
    resources.filter(({ type }) => type.startsWith(`consul:index/${kind}:`));

  test("P1, P2: a service takes its node's name as an Output, so that the engine replaces it together with the node", () => {
    for (const { nodeOf, inputs } of of("service")) {
      expect(nodeOf).toHaveLength(1);
      expect(resources.find(({ name }) => name === nodeOf[0])?.inputs.name).toBe(inputs.node);
    }
  });

  test("P3, P7: no option changes how the engine replaces anything", () => {
    expect(resources.filter(({ replacement }) => replacement.length > 0)).toEqual([]);
  });

  test("no autonaming: every resource that has a name is given one", () => {
    const unnamed = resources.filter(({ type, inputs }) => type.startsWith("consul:") && inputs.name === undefined);
    const nameless = ["aclToken:AclToken", "aclBindingRule:AclBindingRule", "keys:Keys"].map(
      (each) => `consul:index/${each}`,
    );
    expect(unnamed.map(({ type }) => type).filter((type) => !nameless.includes(type))).toEqual([]);
  });

  test("no Output became text", () => {
    expect(JSON.stringify(resources)).not.toContain("Calling [");
  });

  test("N2: intentions come after the service-defaults of their service", () => {
    for (const { inputs, dependsOn } of of("configEntry").filter((each) => each.inputs.kind === "service-intentions")) {
      const suffix = inputs.namespace === undefined || inputs.namespace === "edge" ? "" : `@${inputs.namespace}`;
      expect(dependsOn).toEqual(inputs.name === "*" ? ["egress-policy"] : [`egress-defaults-${inputs.name}${suffix}`]);
    }
  });

  test("5: the empty objects that the server returns are written, and no other empty value", () => {
    const isEmpty = (value: unknown): boolean =>
      typeof value === "object" && value !== null && Object.keys(value).length === 0;
    for (const { inputs } of of("configEntry")) {
      const config = JSON.parse(`${inputs.configJson}`) as Json;
      const empty = Object.keys(config).filter((key) => isEmpty(config[key]));
      expect(empty).toEqual(inputs.kind === "service-defaults" ? ["Expose", "MeshGateway", "TransparentProxy"] : []);
    }
  });

  test("7, 8, 9, 10, P5, P6: no service has checks, whose durations, defaults and removals differ for ever", () => {
    for (const { inputs } of of("service")) expect(inputs).not.toHaveProperty("checks");
  });

  test("N4, N5: every service says its address and id", () => {
    for (const { inputs } of of("service")) {
      expect(inputs).toMatchObject({ address: expect.any(String), serviceId: expect.any(String) });
    }
  });

  test("16: a token has roles by name", () => {
    const roles = of("aclRole").map(({ inputs }) => inputs.name);
    for (const { inputs } of of("aclToken")) expect(inputs.roles).toEqual(roles);
  });
});
