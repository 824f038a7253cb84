// The table of fields against the descriptors of the protobuf library.
import type { DescMessage } from "@bufbuild/protobuf";
import { ClusterSchema } from "../../../src/runtime/xds/gen/envoy/config/cluster/v3/cluster_pb";
import { ListenerSchema } from "../../../src/runtime/xds/gen/envoy/config/listener/v3/listener_pb";
import { HttpConnectionManagerSchema } from "../../../src/runtime/xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import { Cluster_LbPolicy as LeanPolicy } from "../../../src/runtime/xds/gen/lean/envoy/config/cluster/v3/cluster_pb";
import { fieldsOf } from "../../../src/runtime/xds/layout";

test.each<[string, DescMessage]>([
  ["Cluster", ClusterSchema],
  ["Listener", ListenerSchema],
  ["HttpConnectionManager", HttpConnectionManagerSchema],
])("%s has the library's names, numbers, oneofs and messages", (_, schema) => {
  expect(fieldsOf(schema.typeName).map(({ name, number, oneof, message }) => [name, number, oneof, message])).toEqual(
    schema.fields.map((field) => [field.localName, field.number, field.oneof?.localName, field.message?.typeName]),
  );
});

test("each kind of field", () => {
  const kinds = new Map(fieldsOf("envoy.config.cluster.v3.Cluster").map(({ name, kind }) => [name, kind]));
  expect(
    [
      ...["name", "type", "perConnectionBufferLimitBytes", "connectTimeout", "filters"],
      ...["typedExtensionProtocolOptions", "ignoreHealthOnHostRemoval"],
    ].map((name) => kinds.get(name)),
  ).toEqual(["text", "integer", "wrapper", "message", "messages", "map", "integer"]);
  expect(fieldsOf("google.protobuf.DoubleValue")).toEqual([{ name: "value", number: 1, kind: "double" }]);
  expect(fieldsOf("envoy.config.core.v3.DataSource")[1]).toEqual({
    ...{ name: "inlineBytes", number: 2, kind: "bytes", oneof: "specifier" },
  });
  expect(fieldsOf("google.protobuf.Empty")).toEqual([]);
});

test("enums have Envoy's numbers", () => {
  expect(LeanPolicy).toMatchObject({ ROUND_ROBIN: 0, LEAST_REQUEST: 1, RING_HASH: 2, RANDOM: 3, MAGLEV: 5 });
});

test("a message that nobody builds is a mistake", () => {
  expect(() => fieldsOf("envoy.api.v2.Cluster")).toThrow("envoy.api.v2.Cluster is not in the table");
});
