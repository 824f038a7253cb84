// Subsets and load balancing in Envoy's resources; expected values are written by hand after Envoy's API documentation.
import fc from "fast-check";
import type { LoadBalancer, ServiceSnapshot } from "../../../src/runtime/snapshot/state";
import { buildService } from "../../../src/runtime/xds/build";
import type { Resource } from "../../../src/runtime/xds/resource";
import { ResourceStore } from "../../../src/runtime/xds/store";
import { resourceJson } from "../../support/static-bootstrap";
import { instance, snapshot } from "./support/services";

const SNI = "billing.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul";

function resources(service: ServiceSnapshot): readonly Resource[] {
  const built = buildService(service);
  if ("problem" in built) throw new Error(built.problem);
  return built.resources;
}
const namesOf = (list: readonly { readonly type: string; readonly name: string }[]): string[] =>
  list.map(({ type, name }) => `${type} ${name}`).sort();
const find = (service: ServiceSnapshot, type: string, name: string): Resource =>
  resources(service).find((each) => each.type === type && each.name === name) as Resource;
const subset = (name: string, ...addresses: string[]) => ({
  name,
  instances: addresses.map((address) => instance(address, 5432)),
});
/** What a subset by address has of its own. */
const own = (name: string): string[] => [
  `cluster ${name}.${SNI}`,
  `cluster to-${name}.${SNI}`,
  `endpoint ${name}.${SNI}`,
  `listener in-billing ${name}`,
];

test("a subset has its own way to its own instances, and the service's identity and intentions", () => {
  const service = snapshot({ subsets: [subset("v1", "10.0.0.7")] });
  const added = namesOf(resources(service)).filter((name) => !namesOf(resources(snapshot())).includes(name));
  expect(added).toEqual(own("v1").sort());
  expect(resourceJson(find(service, "endpoint", `v1.${SNI}`))).toMatchObject({
    clusterName: `v1.${SNI}`,
    endpoints: [
      { lbEndpoints: [{ endpoint: { address: { socketAddress: { address: "10.0.0.7", portValue: 5432 } } } }] },
    ],
  });
  expect(JSON.stringify(resourceJson(find(service, "cluster", `to-v1.${SNI}`)))).toContain(
    '"envoyInternalAddress":{"serverListenerName":"in-billing v1"}',
  );
  const listener = find(service, "listener", "in-billing v1");
  expect(listener.children).toEqual([
    { type: "secret", name: "leaf/billing" },
    { type: "secret", name: "intent/billing" },
    { type: "extension", name: "mesh-identity" },
  ]);
  const text = JSON.stringify(resourceJson(listener));
  expect(text).toContain(`"cluster":"v1.${SNI}"`);
  expect(text).not.toContain(`"cluster":"${SNI}"`);
  expect(text).toContain('"requireClientCertificate":true');
});

test("a subset without hostnames beside a service with some has an empty assignment and no DNS", () => {
  const service = snapshot({ instances: [instance("db.example.com", 1)], subsets: [subset("v1")] });
  expect(resourceJson(find(service, "endpoint", `v1.${SNI}`))).toEqual({ clusterName: `v1.${SNI}` });
  expect(resourceJson(find(service, "cluster", `v1.${SNI}`))).toMatchObject({ type: "EDS" });
});

test("an HTTP subset is judged by the service's RBAC and its route leads to the subset", () => {
  const service = snapshot({ config: { protocol: "http" }, subsets: [subset("v1", "10.0.0.7")] });
  const listener = find(service, "listener", "in-billing v1");
  expect(listener.children).toContainEqual({ type: "extension", name: "rbac/billing" });
  expect(JSON.stringify(resourceJson(listener))).toContain(`"route":{"cluster":"v1.${SNI}"`);
});

test("a change of subsets touches what belongs to them and nothing else", () => {
  const names = fc.uniqueArray(fc.constantFrom("v1", "v2", "canary", "a-b"), { maxLength: 4 });
  fc.assert(
    fc.property(names, names, (before, after) => {
      const of = (list: readonly string[]): readonly Resource[] =>
        resources(snapshot({ subsets: list.map((name) => subset(name, "10.0.0.7")) }));
      const store = new ResourceStore();
      store.replace("billing", of(before));
      const { upserted, removed } = store.replace("billing", of(after));
      const missing = (from: readonly string[], than: readonly string[]): string[] =>
        from
          .filter((name) => !than.includes(name))
          .flatMap(own)
          .sort();
      expect(namesOf(upserted)).toEqual(missing(after, before));
      expect(namesOf(removed)).toEqual(missing(before, after));
    }),
    { numRuns: 50 },
  );
});

test.each<[LoadBalancer, object]>([
  [{ policy: "random" }, { lbPolicy: "RANDOM" }],
  [{ policy: "maglev", hash: [] }, { lbPolicy: "MAGLEV" }],
  [{ policy: "least_request" }, { lbPolicy: "LEAST_REQUEST" }],
  [
    { policy: "least_request", choiceCount: 5 },
    { lbPolicy: "LEAST_REQUEST", leastRequestLbConfig: { choiceCount: 5 } },
  ],
  [
    { policy: "ring_hash", minimumRingSize: 4096, maximumRingSize: 65_536, hash: [] },
    { lbPolicy: "RING_HASH", ringHashLbConfig: { minimumRingSize: "4096", maximumRingSize: "65536" } },
  ],
])("the policy %j of a service and of its subsets", (loadBalancer, expected) => {
  const service = snapshot({ config: { loadBalancer }, subsets: [subset("v1", "10.0.0.7")] });
  expect(resourceJson(find(service, "cluster", SNI))).toMatchObject(expected);
  expect(resourceJson(find(service, "cluster", `v1.${SNI}`))).toMatchObject(expected);
  expect(Object.keys(resourceJson(find(service, "cluster", `to-${SNI}`)))).not.toContain("lbPolicy");
});

test("what an HTTP route hashes; TCP hashes nothing", () => {
  const loadBalancer: LoadBalancer = {
    policy: "maglev",
    hash: [
      { by: "header", name: "x-user", terminal: true },
      { by: "query", name: "user", terminal: false },
      { by: "cookie", name: "a", terminal: false, path: "/app", ttlMs: 0 },
      { by: "cookie", name: "b", terminal: false },
      { by: "source", terminal: false },
    ],
  };
  const http = snapshot({ config: { protocol: "http", loadBalancer } });
  expect(JSON.stringify(resourceJson(find(http, "listener", "in-billing")))).toContain(
    `"hashPolicy":${JSON.stringify([
      { header: { headerName: "x-user" }, terminal: true },
      { queryParameter: { name: "user" } },
      { cookie: { name: "a", ttl: "0s", path: "/app" } },
      { cookie: { name: "b" } },
      { filterState: { key: "consul-terminating-gateway.caller" } },
    ])}`,
  );
  // Only where the caller's address is hashed does the router pass it on.
  const { transportSocket } = resourceJson(find(http, "cluster", `to-${SNI}`));
  expect(transportSocket).toMatchObject({ name: "internal_upstream" });
  const plain = snapshot({ config: { protocol: "http", loadBalancer: { policy: "maglev", hash: [] } } });
  expect(resourceJson(find(plain, "cluster", `to-${SNI}`)).transportSocket).toBeUndefined();
  const tcp = snapshot({ config: { loadBalancer } });
  expect(resourceJson(find(tcp, "cluster", `to-${SNI}`)).transportSocket).toBeUndefined();
  expect(JSON.stringify(resourceJson(find(tcp, "listener", "in-billing")))).not.toContain("hashPolicy");
});
