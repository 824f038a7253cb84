// All mistakes at once, secrets never repeated, late leaves, services on their own.

import { formatIssue } from "../../src/model/issues";
import { validate, validateService } from "../../src/model/validate";
import { billing, inInstances, inService, inServices, issuesOf, known, S } from "./declare";

test("all mistakes at once, in full", () => {
  const issues = issuesOf({
    name: "egress",
    datacenter: "dc1",
    services: [
      { ...billing, port: 0 },
      { name: "a", address: "10.0.0.1", port: 70_000, tls: { certFile: "/c" } },
    ],
  });
  expect(issues.map(formatIssue)).toEqual([
    "services[0].port: got 0, allowed a whole number from 1 to 65535; write the TCP port as a number",
    "services[1].port: got 70000, allowed a whole number from 1 to 65535; write the TCP port as a number",
    "services[1].tls.keyFile: got nothing, allowed a file, as certFile is given; add keyFile, or remove certFile for one-way TLS",
    "services[1].tls.caFile: got nothing, allowed a file, as a certificate is given; name the CAs of the external service; Consul refuses a client certificate without them",
  ]);
});

test.each([
  ["a key", { tls: { caFile: "-----BEGIN PRIVATE KEY-----\nMIIEvSECRET" } }],
  ["a token", { address: "5c1f0a4e-9f0e-4e6e-9a3e-1f2d3c4b5a69!" }],
  ["a password", { address: "https://user:hunter2@example.com" }],
  ["a vault token", { name: "hvs.CAESIJlU9JMYEhOPYv4igdhm9PnZDrabYTobQ4Ymnlq1qY+s" }],
])("%s in the wrong place is not repeated", (_what, fields) => {
  const text = issuesOf(inService(fields)).map(formatIssue).join("\n");
  expect(text).not.toBe("");
  expect(text).not.toMatch(/SECRET|5c1f0a4e|hunter2|CAES/);
});

describe("late leaves", () => {
  // A leaf that starts with ? stands for a token.
  const peek = (leaf: string): string | undefined => (leaf.startsWith("?") ? undefined : leaf);

  test("are accepted, and rules about their text wait", () => {
    const late = {
      address: "?address",
      port: 443,
      tls: { caFile: "?ca", certFile: "?cert", keyFile: "?key", sni: "?sni" },
    };
    const result = validate<string>(inServices({ name: "billing", ...late }), peek);
    expect(result).toMatchObject({ ok: true, value: { services: [{ instances: [{ address: "?address" }] }] } });
  });

  test("name their node by service and ordinal", () => {
    const instances = [
      { address: "?a", port: 1 },
      { address: "10.0.0.2", port: 1 },
    ];
    const result = validate<string>(inInstances(...instances), peek);
    const nodes = result.ok ? result.value.services[0]?.instances.map(({ node }) => node) : [];
    expect(nodes).toEqual(["egress-external-billing-1", "egress-external-10-0-0-2"]);
  });

  test("are refused where a name is needed, and where a file is missing beside them", () => {
    const result = validate<string>(
      inServices({ ...billing, name: { apply: () => "" }, tls: { certFile: "?c" } }),
      peek,
    );
    expect(result.ok ? [] : result.error.map(({ path }) => path)).toEqual([
      `${S}.name`,
      `${S}.tls.keyFile`,
      `${S}.tls.caFile`,
    ]);
  });

  test("that share a node name must be the same leaf", () => {
    const nodes = (a: string, b: string) =>
      validate<string>(inInstances({ address: a, port: 1, node: "n" }, { address: b, port: 2, node: "n" }), peek).ok;
    expect(nodes("?a", "?a")).toBe(true);
    expect(nodes("?a", "?b")).toBe(false);
  });
});

describe("a service on its own", () => {
  const context = { owner: "shop", linkedElsewhere: true };

  test("needs no TLS where it is linked elsewhere, and names its nodes after its owner", () => {
    const result = validateService<string>({ name: "billing", address: "10.0.0.9", port: 443 }, context, known);
    expect(result).toMatchObject({
      ok: true,
      value: { instances: [{ id: "billing", node: "shop-external-10-0-0-9" }] },
    });
  });

  test("reports under its own path", () => {
    const result = validateService<string>({ ...billing, port: 0, adress: "" }, context, known);
    expect(result.ok ? [] : result.error.map(({ path }) => path)).toEqual(["service.adress", "service.port"]);
  });
});

test("services are sorted by namespace and name", () => {
  const at = (name: string, n: number, more: object = {}) => ({
    name,
    address: `10.0.0.${n}`,
    port: 1,
    plaintext: true,
    ...more,
  });
  const services = [at("b", 1), at("a", 2, { namespace: "zoo" }), at("a", 3), at("z", 4, { namespace: "ant" })];
  const result = validate<string>(inServices(...services), known);
  expect(result.ok && result.value.services.map(({ namespace, name }) => [namespace, name])).toEqual([
    ["ant", "z"],
    [undefined, "a"],
    [undefined, "b"],
    ["zoo", "a"],
  ]);
});
