// service-resolver entries, written by hand after Consul's documentation, and what they are read as.
import { decodeResolvers } from "../../../../src/runtime/source/consul/decode/resolver";

const read = (entry: object) => decodeResolvers([{ Kind: "service-resolver", Name: "web", ...entry }])[0]?.[1];
const every = { filter: "", onlyPassing: false };

test("subsets by name, each with its filter", () => {
  const Subsets = {
    v2: { Filter: "Service.Meta.version == v2", OnlyPassing: true },
    v1: { Filter: "Service.Meta.version == v1" },
    all: {},
  };
  expect(read({ Subsets })?.selections).toEqual({
    unnamed: every,
    subsets: [
      { name: "all", ...every },
      { name: "v1", filter: "Service.Meta.version == v1", onlyPassing: false },
      { name: "v2", filter: "Service.Meta.version == v2", onlyPassing: true },
    ],
  });
  expect(read({ Subsets, DefaultSubset: "v2" })?.selections.unnamed).toEqual({
    filter: "Service.Meta.version == v2",
    onlyPassing: true,
  });
});

test("nothing is set", () => {
  const selections = { unnamed: every, subsets: [] };
  expect(decodeResolvers([{ Name: "web", Namespace: "team", Subsets: null, LoadBalancer: null }])).toEqual([
    ["team/web", { connectTimeoutMs: 0, requestTimeoutMs: 0, selections }],
  ]);
});

test.each<[string, object, unknown]>([
  ["", {}, undefined],
  ["round_robin", {}, undefined],
  ["of the future", {}, undefined],
  ["random", {}, { policy: "random" }],
  ["least_request", { LeastRequestConfig: { ChoiceCount: 5 } }, { policy: "least_request", choiceCount: 5 }],
  ["least_request", { LeastRequestConfig: { ChoiceCount: 1 } }, { policy: "least_request" }],
  ["least_request", { LeastRequestConfig: null }, { policy: "least_request" }],
  ["maglev", {}, { policy: "maglev", hash: [] }],
  [
    "ring_hash",
    { RingHashConfig: { MinimumRingSize: 4096, MaximumRingSize: 65_536 } },
    { policy: "ring_hash", minimumRingSize: 4096, maximumRingSize: 65_536, hash: [] },
  ],
  // Envoy would refuse a ring that is larger than it may be, its own default of 1,024 included.
  [
    "ring_hash",
    { RingHashConfig: { MaximumRingSize: 100 } },
    { policy: "ring_hash", minimumRingSize: 100, maximumRingSize: 100, hash: [] },
  ],
  [
    "ring_hash",
    { RingHashConfig: { MinimumRingSize: 99_999_999 } },
    { policy: "ring_hash", minimumRingSize: 8_388_608, hash: [] },
  ],
])("the policy %p with %j", (Policy, more, expected) => {
  expect(read({ LoadBalancer: { Policy, ...more } })?.loadBalancer).toEqual(expected);
});

test("what is hashed", () => {
  const HashPolicies = [
    { Field: "header", FieldValue: "x-user", Terminal: true },
    { Field: "query_parameter", FieldValue: "user" },
    { Field: "cookie", FieldValue: "a", CookieConfig: { Session: true, Path: "/app" } },
    { Field: "cookie", FieldValue: "b", CookieConfig: { TTL: "1m30s" } },
    { Field: "cookie", FieldValue: "c" },
    { SourceIP: true },
  ];
  expect(read({ LoadBalancer: { Policy: "maglev", HashPolicies } })?.loadBalancer).toEqual({
    policy: "maglev",
    hash: [
      { by: "header", name: "x-user", terminal: true },
      { by: "query", name: "user", terminal: false },
      { by: "cookie", name: "a", terminal: false, path: "/app", ttlMs: 0 },
      { by: "cookie", name: "b", terminal: false, ttlMs: 90_000 },
      { by: "cookie", name: "c", terminal: false },
      { by: "source", terminal: false },
    ],
  });
});

test.each<[string, object, string]>([
  ["subsets that are a list", { Subsets: ["v1"] }, "service-resolver[0].Subsets"],
  ["a filter that is no text", { Subsets: { v1: { Filter: 7 } } }, "service-resolver[0].Subsets[v1].Filter"],
  [
    "a ring that is no number",
    { LoadBalancer: { Policy: "ring_hash", RingHashConfig: { MinimumRingSize: "big" } } },
    "service-resolver[0].LoadBalancer.MinimumRingSize",
  ],
])("%s are refused with their place", (_what, entry, path) => {
  expect(() => read(entry)).toThrow(`at ${path}`);
});
