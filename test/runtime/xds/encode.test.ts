import { create, equals, fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { constant, deferred, encode } from "../../../src/runtime/xds/encode";
import {
  Cluster_CommonLbConfigSchema,
  Cluster_DiscoveryType,
  ClusterSchema,
} from "../../../src/runtime/xds/gen/envoy/config/cluster/v3/cluster_pb";

type Cluster = MessageInitShape<typeof ClusterSchema>;

/** Decoded by the protobuf library, our bytes say what its own constructor says. */
function expectSame(init: Cluster, same: Cluster = init): void {
  expect(
    equals(ClusterSchema, fromBinary(ClusterSchema, encode(ClusterSchema, init)), create(ClusterSchema, same)),
  ).toBe(true);
}

test.each<[string, Cluster]>([
  ["nothing", {}],
  ["text beyond ASCII", { name: "é😀" }],
  [
    "a wrapped zero and a wrapped false, which are not absent",
    { waitForWarmOnInit: false, perConnectionBufferLimitBytes: 0 },
  ],
  [
    "an enum in a oneof, zero included",
    { clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC } },
  ],
  ["a oneof without a choice", { clusterDiscoveryType: { case: undefined } }],
  ["a duration with nanoseconds", { connectTimeout: { seconds: 3n, nanos: 500_000_000 } }],
  ["a double", { commonLbConfig: { healthyPanicThreshold: { value: 1.5 } } }],
  ["lists of messages and of text", { filters: [{ name: "a" }, { name: "b" }], loadAssignment: { clusterName: "c" } }],
  [
    "a map of messages",
    {
      typedExtensionProtocolOptions: {
        b: { typeUrl: "t", value: new Uint8Array([1]) },
        a: { typeUrl: "", value: new Uint8Array() },
      },
    },
  ],
])("%s", (_name, init) => {
  expectSame(init);
});

test("whole numbers of any size", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.nat(),
      fc.string({ unit: "binary" }),
      (size, seconds, name) => {
        expectSame({ name, perConnectionBufferLimitBytes: size, connectTimeout: { seconds: BigInt(seconds) } });
      },
    ),
  );
});

test("texts larger than the buffer, one after the other", () => {
  for (const size of [100, 70_000, 500_000, 3]) expectSame({ name: "x".repeat(size), altStatName: "y" });
});

test("defaults are left out", () => {
  expect(encode(ClusterSchema, { name: "", ignoreHealthOnHostRemoval: false, dnsLookupFamily: 0 })).toHaveLength(0);
});

test("map entries in any order give the same bytes", () => {
  const any = { typeUrl: "t" };
  expect(encode(ClusterSchema, { typedExtensionProtocolOptions: { a: any, b: any, c: any } })).toEqual(
    encode(ClusterSchema, { typedExtensionProtocolOptions: { c: any, a: any, b: any } }),
  );
});

test("a constant part and a deferred message are as if written out", () => {
  const part = { healthyPanicThreshold: { value: 1 } };
  expectSame(
    { name: "x", commonLbConfig: constant(Cluster_CommonLbConfigSchema, part) },
    { name: "x", commonLbConfig: part },
  );
  const inner: Cluster = { name: "inner", altStatName: "y" };
  expect(encode(AnySchema, { typeUrl: "t", value: deferred(ClusterSchema, inner) })).toEqual(
    encode(AnySchema, { typeUrl: "t", value: encode(ClusterSchema, inner) }),
  );
});

test("an unknown key is a mistake, after which the encoder still works", () => {
  const wrong = { name: "x", nmae: "x" } as Cluster;
  expect(() => encode(ClusterSchema, wrong)).toThrow("envoy.config.cluster.v3.Cluster has no field nmae");
  expectSame({ name: "after" });
});
