// Requests written by the protobuf library and read by us; responses written by us and read by the library.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { decodeRequest } from "../../../src/runtime/ads/decode";
import { encodeResponse } from "../../../src/runtime/ads/encode";
import { readFields } from "../../../src/runtime/ads/read";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from "../../../src/runtime/xds/gen/envoy/service/discovery/v3/discovery_pb";

const EMPTY = {
  ...{ typeUrl: "", responseNonce: "", node: undefined, errorDetail: undefined },
  ...{ resourceNamesSubscribe: [], resourceNamesUnsubscribe: [], initialResourceVersions: {} },
};

test("a request with every field", () => {
  const bytes = toBinary(
    DeltaDiscoveryRequestSchema,
    create(DeltaDiscoveryRequestSchema, {
      node: {
        ...{ id: "gwé", cluster: "c", metadata: { a: 1 }, userAgentName: "envoy", clientFeatures: ["x"] },
        userAgentVersionType: {
          case: "userAgentBuildVersion",
          value: { version: { majorNumber: 1, minorNumber: 300, patch: 4 } },
        },
      },
      typeUrl: "t",
      resourceNamesSubscribe: ["a", "b"],
      resourceNamesUnsubscribe: ["*"],
      initialResourceVersions: { a: "1", "": "2", b: "" },
      responseNonce: "7",
      errorDetail: { code: 13, message: "no" },
    }),
  );
  expect(decodeRequest(bytes)).toEqual({
    node: {
      id: "gwé",
      userAgentVersionType: {
        case: "userAgentBuildVersion",
        value: { version: { majorNumber: 1, minorNumber: 300, patch: 4 } },
      },
    },
    typeUrl: "t",
    resourceNamesSubscribe: ["a", "b"],
    resourceNamesUnsubscribe: ["*"],
    initialResourceVersions: { a: "1", "": "2", b: "" },
    responseNonce: "7",
    errorDetail: { message: "no" },
  });
});

test("absent fields are empty; a refusal without a text is one", () => {
  expect(decodeRequest(new Uint8Array())).toEqual(EMPTY);
  const refusal = create(DeltaDiscoveryRequestSchema, { errorDetail: {} });
  expect(decodeRequest(toBinary(DeltaDiscoveryRequestSchema, refusal))).toEqual({
    ...EMPTY,
    errorDetail: { message: "" },
  });
});

test("other fields are passed over, whatever their wire type", () => {
  const others = [0xf8, 0x01, 0x96, 0x01, 0xf9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0x01, 1, 2, 3, 4];
  expect(decodeRequest(Uint8Array.from([...others, 0x12, 1, 0x74]))).toEqual({ ...EMPTY, typeUrl: "t" });
});

test.each<[string, number[]]>([
  ["a length beyond the end", [0x12, 5, 0x74]],
  ["a number that does not end", [0x08, 0xff]],
  ["a number of too many bytes", [0x08, ...Array<number>(11).fill(0xff), 1]],
  ["a group", [0x0b]],
])("%s is no message", (_, bytes) => {
  expect(() => [...readFields(Uint8Array.from(bytes))]).toThrow("a protobuf message");
});

test("whatever bytes come, reading ends", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeRequest(bytes);
      } catch (error) {
        expect((error as Error).message).toContain("a protobuf message");
      }
    }),
  );
});

test("a response with short and long parts", () => {
  const body = new Uint8Array(20_000).fill(7);
  const bytes = encodeResponse({
    ...{ type: "secret", nonce: "12", removed: ["x", "y".repeat(200)] },
    resources: [
      { type: "secret", name: "leaf/a", version: "v1", body, children: [] },
      { type: "secret", name: "leaf/é", version: "v2", body: new Uint8Array([1]), children: [] },
    ],
  });
  const typeUrl = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
  const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
  expect(response).toMatchObject({ typeUrl, nonce: "12", systemVersionInfo: "12" });
  expect(response.removedResources).toEqual(["x", "y".repeat(200)]);
  expect(response.resources.map(({ name, version }) => [name, version])).toEqual([
    ["leaf/a", "v1"],
    ["leaf/é", "v2"],
  ]);
  expect(response.resources[0]?.resource?.typeUrl).toBe(typeUrl);
  expect(response.resources[0]?.resource?.value).toEqual(body);
  expect(response.resources[1]?.resource?.value).toEqual(new Uint8Array([1]));
});
