import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@bufbuild/protobuf";
import type { ServiceSnapshot } from "../../../src/runtime/snapshot/state";
import { buildGateway, buildMaterial, buildService } from "../../../src/runtime/xds/build";
import type { Resource } from "../../../src/runtime/xds/resource";
import { ResourceStore } from "../../../src/runtime/xds/store";
import { resourceJson } from "../../support/static-bootstrap";
import { type Changes, IDENTITY, instance, permission, snapshot, TRUST } from "./support/services";

function resources(service: ServiceSnapshot): readonly Resource[] {
  const built = buildService(service);
  if ("problem" in built) throw new Error(built.problem);
  return built.resources;
}

function json(list: readonly Resource[]): JsonObject {
  return Object.fromEntries(list.map((each) => [`${each.type} ${each.name}`, resourceJson(each)]));
}

function golden(name: string): unknown {
  return JSON.parse(readFileSync(join(__dirname, "cases", name), "utf8"));
}

describe("golden cases", () => {
  test("the gateway itself", () => {
    expect(json(buildGateway(IDENTITY, TRUST))).toEqual(golden("gateway.json"));
  });

  test("a router on IPv6 writes a caller's address as one with a port", () => {
    const binds = [{ name: "default", address: "::1", port: 8443 }];
    const [router] = buildGateway({ ...IDENTITY, binds }, undefined);
    expect(JSON.stringify(resourceJson(router as Resource))).toContain(
      '"[%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%]:0"',
    );
  });

  test("a TCP service with a deny inside an allow, behind TLS", () => {
    const service = snapshot({
      upstream: { mode: "tls", caFile: "/ca.pem", sni: "db.example.com", insecureSkipVerify: false },
      instances: [instance("10.0.0.9", 5432), instance("10.0.0.10", 5432, { weight: 3, healthy: false })],
      intentions: [
        { source: "a", action: "deny", precedence: 9 },
        { source: "*", action: "allow", precedence: 8 },
      ],
      revocations: 2,
    });
    expect(json(resources(service))).toEqual(golden("tcp.json"));
  });

  test("an HTTP service by hostname with permissions", () => {
    const permissions = [
      permission("deny", { path: { kind: "prefix", value: "/admin" } }),
      permission("allow", { methods: ["GET"] }),
    ];
    const service = snapshot({
      config: { protocol: "http" },
      instances: [instance("db.example.com", 80)],
      intentions: [{ source: "web", permissions, precedence: 9 }],
    });
    expect(json(resources(service))).toEqual(golden("http.json"));
  });
});

test("secrets of files", () => {
  const ca = buildMaterial({ kind: "ca", caFile: "/ca.pem" }, { kind: "ca", pem: "CA\n", notAfterMs: 0 });
  expect(resourceJson(ca)).toEqual({ name: "ca//ca.pem", validationContext: { trustedCa: { inlineString: "CA\n" } } });
  const files = { kind: "client", certFile: "/c.pem", keyFile: "/k.pem" } as const;
  const client = buildMaterial(files, { kind: "client", certPem: "CERT\n", keyPem: "KEY\n", notAfterMs: 0 });
  expect(resourceJson(client)).toEqual({
    name: "client//c.pem+/k.pem",
    tlsCertificate: { certificateChain: { inlineString: "CERT\n" }, privateKey: { inlineString: "KEY\n" } },
  });
});

test("equal snapshots give equal bytes, whatever the order of a catalog's answer", () => {
  const instances = [instance("10.0.0.1", 80), instance("10.0.0.2", 80), instance("10.0.0.2", 81)];
  const intentions = [
    { source: "web", action: "allow", precedence: 9 },
    { source: "app", action: "allow", precedence: 9 },
  ] as const;
  const one = resources(snapshot({ instances, intentions }));
  const other = resources(snapshot({ instances: [...instances].reverse(), intentions: [...intentions].reverse() }));
  expect(other.map(({ version }) => version)).toEqual(one.map(({ version }) => version));
  expect(one.map(({ version }) => version).filter((version) => !/^[\w-]{16}$/.test(version))).toEqual([]);
});

const SNI = "billing.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul";

/** What of a plain TCP service is touched by each kind of change; everything else of it and of all others is not. */
test.each<[string, Changes | { readonly leaf: string } | { readonly root: string }, string[]]>([
  [
    "an intention granted",
    { intentions: [{ source: "app", action: "allow", precedence: 9 }] },
    ["secret intent/billing"],
  ],
  ["a revocation", { revocations: 1 }, ["listener in-billing"]],
  ["a leaf", { leaf: "OTHER\n" }, ["secret leaf/billing"]],
  ["a root", { root: "OTHER\n" }, ["secret intent/billing"]],
  ["an instance", { instances: [instance("10.0.0.8", 5432)] }, [`endpoint ${SNI}`]],
  ["upstream TLS", { upstream: { mode: "tls", insecureSkipVerify: true } }, [`cluster ${SNI}`]],
  ["a limit", { config: { maxConnections: 5 } }, [`cluster ${SNI}`, `cluster to-${SNI}`]],
  ["an idle timeout", { config: { idleTimeoutMs: 1 } }, ["listener in-billing"]],
  ["a request timeout, which TCP has not", { config: { requestTimeoutMs: 1 } }, []],
])("%s", (_name, change, touched) => {
  const store = new ResourceStore();
  const before = snapshot();
  store.replace("gateway", buildGateway(IDENTITY, TRUST));
  store.replace("billing", resources(before));
  store.replace("other", resources(snapshot({ name: "other" })));
  const after: ServiceSnapshot =
    "leaf" in change
      ? { ...before, leaf: { ...before.leaf, certPem: change.leaf } }
      : "root" in change
        ? { ...before, trust: { ...before.trust, roots: [change.root] } }
        : snapshot(change);
  const { upserted, removed } = store.replace("billing", resources(after));
  expect(upserted.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([...touched].sort());
  expect(removed).toEqual([]);
});

test("a service without instances has an empty assignment", () => {
  const endpoint = resources(snapshot({ instances: [] })).find(({ type }) => type === "endpoint") as Resource;
  expect(resourceJson(endpoint)).toEqual({ clusterName: endpoint.name });
});

test("going from addresses to a hostname removes the assignment", () => {
  const store = new ResourceStore();
  store.replace("billing", resources(snapshot()));
  const { removed } = store.replace("billing", resources(snapshot({ instances: [instance("db.example.com", 1)] })));
  expect(removed.map(({ type }) => type)).toEqual(["endpoint"]);
});

test("children are what a resource names", () => {
  const childrenOf = (service: ServiceSnapshot): unknown =>
    (resources(service).find(({ type }) => type === "listener") as Resource).children;
  const secrets = [
    { type: "secret", name: "leaf/billing" },
    { type: "secret", name: "intent/billing" },
  ];
  expect(childrenOf(snapshot())).toEqual([...secrets, { type: "extension", name: "mesh-identity" }]);
  expect(childrenOf(snapshot({ config: { protocol: "http" } }))).toEqual([
    ...secrets,
    { type: "extension", name: "rbac/billing" },
  ]);
});

test.each([
  ["Billing", /has capital letters/],
  ["a//b", /not a service key/],
])("the service %s is reported and left out", (name, problem) => {
  expect(buildService(snapshot({ name }))).toEqual({ problem: expect.stringMatching(problem) });
});
