// The bootstrap: the whole of it once, against the generated schema, and what it must never hold.
import { createRegistry, fromJson, type JsonObject } from "@bufbuild/protobuf";
import { connectionLimit, makeBootstrap } from "../../../src/runtime/envoy/bootstrap";
import { BootstrapSchema } from "../../../src/runtime/xds/gen/envoy/config/bootstrap/v3/bootstrap_pb";
import { ApiConfigSource_ApiType } from "../../../src/runtime/xds/gen/envoy/config/core/v3/config_source_pb";
import { HttpProtocolOptionsSchema } from "../../../src/runtime/xds/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb";

const options = {
  nodeId: "egress-1",
  cluster: "egress",
  adsSocket: "/run/t/xds.sock",
  adminSocket: "/run/t/admin.sock",
};
const TYPE = "type.googleapis.com/envoy.extensions";

/** The schemas of these two messages are not generated; Envoy itself checks them in test/real. */
function withoutForeignTypes(bootstrap: JsonObject): JsonObject {
  const { bootstrap_extensions: _, overload_manager: __, ...rest } = bootstrap;
  return rest;
}

test("is a Bootstrap message", () => {
  const registry = createRegistry(HttpProtocolOptionsSchema);
  const message = fromJson(BootstrapSchema, withoutForeignTypes(makeBootstrap(options)), { registry });
  expect(message.node).toMatchObject({ id: "egress-1", cluster: "egress" });
  expect(message.admin?.address?.address).toMatchObject({
    case: "pipe",
    value: { path: "/run/t/admin.sock", mode: 0o600 },
  });
  expect(message.admin?.ignoreGlobalConnLimit).toBe(true);
  const dynamic = message.dynamicResources;
  expect(dynamic?.adsConfig).toMatchObject({
    apiType: ApiConfigSource_ApiType.DELTA_GRPC,
    setNodeOnFirstMessageOnly: true,
    grpcServices: [{ targetSpecifier: { case: "envoyGrpc", value: { clusterName: "xds" } } }],
  });
  for (const source of [dynamic?.ldsConfig, dynamic?.cdsConfig]) {
    expect(source?.configSourceSpecifier.case).toBe("ads");
    expect(source?.initialFetchTimeout).toMatchObject({ seconds: 0n, nanos: 0 });
  }
  expect(message.staticResources?.listeners).toEqual([]);
  expect(message.staticResources?.clusters.map((cluster) => cluster.name)).toEqual(["xds"]);
  expect(message.deferredStatOptions?.enableDeferredCreationStats).toBe(true);
  expect(message.statsConfig).toBeUndefined();
});

test("the xDS cluster is the server's unix socket, over HTTP/2 with keepalive", () => {
  const { static_resources } = makeBootstrap(options);
  expect(static_resources).toEqual({
    clusters: [
      {
        name: "xds",
        type: "STATIC",
        connect_timeout: "1s",
        load_assignment: {
          cluster_name: "xds",
          endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: "/run/t/xds.sock" } } } }] }],
        },
        typed_extension_protocol_options: {
          "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
            explicit_http_config: {
              http2_protocol_options: { connection_keepalive: { interval: "30s", timeout: "10s" } },
            },
          },
        },
      },
    ],
  });
});

test("has internal listeners, and a limit of connections only when one is given", () => {
  const plain = makeBootstrap(options);
  expect(plain.bootstrap_extensions).toEqual([
    {
      name: "envoy.bootstrap.internal_listener",
      typed_config: { "@type": `${TYPE}.bootstrap.internal_listener.v3.InternalListener` },
    },
  ]);
  expect(plain).not.toHaveProperty("overload_manager");
  expect(makeBootstrap({ ...options, maxConnections: 5000 }).overload_manager).toEqual({
    resource_monitors: [
      {
        name: "envoy.resource_monitors.global_downstream_max_connections",
        typed_config: {
          "@type": `${TYPE}.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig`,
          max_active_downstream_connections: "5000",
        },
      },
    ],
  });
});

test("allows regular expressions of many allowed callers, and keeps what is on its way when an inner end closes", () => {
  expect(makeBootstrap(options).layered_runtime).toEqual({
    layers: [
      {
        name: "static",
        static_layer: {
          re2: { max_program_size: { error_level: 1048576 } },
          "envoy.reloadable_features.enable_send_rst_on_user_space_socket": false,
        },
      },
    ],
  });
});

test.each([
  [1_048_576, 524_160],
  [20_000, 9_872],
  [1_024, 384],
  [64, 16],
])("%i open files bear %i connections", (files, connections) => {
  expect(connectionLimit(files)).toBe(connections);
});
