// Traps of the Consul provider, each by its number in the project's notes, and what is written to stay out of it.

import type { TerraformStack } from "cdktf";
import { Aspects, TerraformStack as Stack, TerraformResource, Testing } from "cdktf";
import { ExternalNode, ExternalService, TerminatingGateway } from "../../../src/constructs/cdktf";
import { engine } from "../../../src/constructs/cdktf/engine";
import { renderConfigEntry, renderManifest } from "../../../src/constructs/hcl/render";
import { allOf, mistakes, type Resources, synth } from "./stack";

const TLS = { caFile: "/ca.pem", sni: "api.example.com" };

function declare(stack: TerraformStack): void {
  new TerminatingGateway(stack, "egress", {
    name: "egress",
    datacenter: "dc1",
    services: [
      {
        name: "api",
        address: "10.0.0.9",
        port: 443,
        protocol: "http",
        tls: TLS,
        intentions: [
          { source: "*", wildcard: true, action: "deny" },
          { source: "web", permissions: [{ action: "allow", pathPrefix: "/v1", methods: ["get"] }] },
        ],
      },
      { name: "db", address: "10.0.0.9", port: 5432, plaintext: true },
    ],
  });
}

const entries = (resource: Resources, kind: string) =>
  allOf(resource, "consul_config_entry")
    .filter((each) => each.kind === kind)
    .map((each) => JSON.parse(String(each.config_json)));

describe("traps of the provider", () => {
  const { resource, text } = synth(declare);

  test("1, 1b, 6: L7 intentions and defaults go through consul_config_entry, as the typed resources lose conditions", () => {
    expect(Object.keys(resource).filter((type) => type.startsWith("consul_config_entry"))).toEqual([
      "consul_config_entry",
    ]);
    expect(entries(resource, "service-intentions")[0].Sources[0].Permissions).toEqual([
      { Action: "allow", HTTP: { Methods: ["GET"], PathPrefix: "/v1" } },
    ]);
  });

  test("2: sources have type and precedence and are sorted by it; methods are in upper case", () => {
    const [{ Sources }] = entries(resource, "service-intentions");
    expect(Sources.map((each: Record<string, unknown>) => [each.Name, each.Type, each.Precedence])).toEqual([
      ["web", "consul", 9],
      ["*", "consul", 8],
    ]);
  });

  test("3: one service-intentions entry for a destination, however often access is given", () => {
    const out = synth((stack) => {
      const service = new ExternalService(stack, "a", { name: "a", address: "10.0.0.9", port: 1, plaintext: true });
      service.allowFrom("web").allowFrom("batch").allowFrom("cron");
    });
    const [{ Sources }, ...others] = entries(out.resource, "service-intentions");
    expect(others).toEqual([]);
    expect(Sources.map((each: { Name: string }) => each.Name)).toEqual(["web", "batch", "cron"]);
  });

  test("4: config entries have Consul's exact keys; a misspelt prop is refused", () => {
    expect(entries(resource, "terminating-gateway")).toEqual([
      { Services: [{ CAFile: "/ca.pem", Name: "api", SNI: "api.example.com" }, { Name: "db" }] },
    ]);
    const misspelt = { name: "a", address: "10.0.0.9", port: 1, tls: { ca_file: "/ca.pem" } } as object;
    expect(
      mistakes((stack) => {
        new TerminatingGateway(stack, "gw", { name: "g", datacenter: "dc1", services: [misspelt as never] });
      })[0],
    ).toContain("services[0].tls.ca_file: got an unknown name, allowed caFile, certFile, keyFile, sni");
  });

  test("5: no empty list and no empty object but those three that the server returns", () => {
    expect(entries(resource, "service-defaults")).toEqual([
      { Expose: {}, MeshGateway: {}, Protocol: "http", TransparentProxy: {} },
      { Expose: {}, MeshGateway: {}, Protocol: "tcp", TransparentProxy: {} },
    ]);
    const empty = synth((stack) => void new TerminatingGateway(stack, "g", { name: "g", datacenter: "dc1", meta: {} }));
    expect(entries(empty.resource, "terminating-gateway")).toEqual([{}]);
  });

  test("7, 8, 9, 10: no service has checks, whose durations, defaults and removals differ for ever", () => {
    expect(allOf(resource, "consul_service")).toHaveLength(2);
    for (const service of allOf(resource, "consul_service")) expect(service).not.toHaveProperty("check");
    const tcp = { tcp: "10.0.0.9:443", interval: "60s" };
    const checked = { name: "a", address: "10.0.0.9", port: 443, plaintext: true, checks: [tcp] };
    expect(
      mistakes((stack) => {
        new TerminatingGateway(stack, "gw", { name: "g", datacenter: "dc1", services: [checked as never] });
      })[0],
    ).toContain("services[0].checks: got an unknown name");
  });

  test("12, 14: a service follows its node: by reference, after it, and replaced when the node's id changes", () => {
    const [node = ""] = Object.keys(resource.consul_node ?? {});
    for (const service of allOf(resource, "consul_service")) {
      expect(service).toMatchObject({
        node: `\${consul_node.${node}.name}`,
        depends_on: [`consul_node.${node}`],
        lifecycle: { replace_triggered_by: [`consul_node.${node}.id`] },
      });
    }
    expect(Object.keys(resource.consul_service ?? {})).toHaveLength(2);
  });

  test("12: a moved logical id is followed, as by an aspect of an organisation", () => {
    const stack = new Stack(Testing.app(), "s");
    declare(stack);
    Aspects.of(stack).add({
      visit(node) {
        if (node instanceof TerraformResource && node.terraformResourceType === "consul_config_entry") {
          node.overrideLogicalId(`moved_${node.node.id}`);
        }
      },
    });
    const moved = JSON.parse(Testing.synth(stack)).resource.consul_config_entry;
    expect(moved.moved_gateway.depends_on).toContain("consul_config_entry.moved_intentions-api");
  });

  test("13: create_before_destroy is never set", () => {
    expect(text).not.toContain("create_before_destroy");
  });

  test("16: roles and policies by name", () => {
    expect(allOf(resource, "consul_acl_role")[0]).toMatchObject({ policies: ["egress-terminating-gateway"] });
    expect(allOf(resource, "consul_acl_token")[0]).toMatchObject({ roles: ["egress-terminating-gateway"] });
  });

  test("17: the token's secret id is not read", () => {
    expect(JSON.parse(text)).not.toHaveProperty("data");
  });

  test("19: no namespace and no partition unless given", () => {
    expect(text).not.toMatch(/namespace|partition/i);
  });

  test("N1: names of nodes that nobody gave are of this declaration alone", () => {
    expect(allOf(resource, "consul_node").map((each) => each.name)).toEqual(["egress-external-10-0-0-9"]);
    const composed = synth((stack) => {
      new ExternalService(stack, "a", { name: "billing", address: "10.0.0.9", port: 1, plaintext: true });
      new ExternalNode(stack, "host", { address: "10.0.0.9" });
    });
    expect(allOf(composed.resource, "consul_node").map((each) => each.name)).toEqual([
      "billing-external-10-0-0-9",
      "s-host-external",
    ]);
  });

  test("N2: intentions come after the protocol and go before it", () => {
    const [id] = Object.keys(resource.consul_config_entry ?? {}).filter((each) => each.includes("defaults-api"));
    const [entry] = allOf(resource, "consul_config_entry").filter((each) => each.kind === "service-intentions");
    expect(entry?.depends_on).toEqual([`consul_config_entry.${id}`]);
  });

  test("N3: the metadata key that the provider writes itself is refused", () => {
    const meta = { "external-source": "mine" };
    const declared = { name: "a", address: "10.0.0.9", port: 1, plaintext: true, meta };
    expect(mistakes((stack) => void new ExternalService(stack, "a", declared))).toHaveLength(1);
    expect(mistakes((stack) => void new ExternalNode(stack, "n", { address: "10.0.0.9", meta }))).toHaveLength(1);
  });

  test("N4, N5: address and service id are spelled out", () => {
    expect(allOf(resource, "consul_service").map((each) => [each.service_id, each.address])).toEqual([
      ["api", "10.0.0.9"],
      ["db", "10.0.0.9"],
    ]);
  });

  test("N6: weights are a map", () => {
    const out = synth((stack) => {
      const instances = [{ address: "10.0.0.9", port: 1, weight: 5 }];
      new ExternalService(stack, "a", { name: "a", instances, plaintext: true });
    });
    expect(allOf(out.resource, "consul_service")[0]?.weights).toEqual({ passing: 5, warning: 1 });
  });

  test("N13: no nested block, which the bindings write in camel case unless it is a list", () => {
    const all = Object.entries(resource).filter(([type]) => type.startsWith("consul_"));
    const names = all.flatMap(([, byId]) => Object.values(byId).flatMap((each) => Object.entries(each)));
    const nested = names.filter(
      ([name, value]) => typeof value === "object" && !["//", "meta", "weights"].includes(name),
    );
    expect([...new Set(nested.map(([name]) => name))].toSorted()).toEqual([
      ...["depends_on", "lifecycle", "policies", "roles"],
    ]);
    expect(names.map(([name]) => name).filter((name) => !/^(\/\/|[a-z_]+)$/.test(name))).toEqual([]);
  });

  test("N7: what Terraform would read as a template is doubled, in JSON and in texts", () => {
    const config = { Meta: { a: "${x} %{if} $${y} $5 {", "${k}": "" } };
    const entry = { kind: "terminating-gateway", name: "egress", config } as const;
    expect(
      renderConfigEntry(engine, { kind: "config-entry", key: "gateway", dependsOn: [], args: entry }).configJson,
    ).toBe('{"Meta":{"$${k}":"","a":"$${x} %%{if} $$${y} $5 {"}}');
    const manifest = { services: [{ note: "${x}%{y}" }] };
    expect(renderManifest(engine, { kind: "manifest", key: "manifest", dependsOn: [], args: { manifest } })).toEqual({
      services: [{ note: "$${x}%%{y}" }],
    });
  });
});
