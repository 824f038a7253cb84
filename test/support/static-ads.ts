// The smallest delta ADS server: answers the first request for clusters and for listeners with fixed resources. It knows
// nothing of ACKs, versions or changes; tests of those use the project's own server.
import { createServer, type ServerHttp2Session } from "node:http2";
import { create, createRegistry, fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ClusterSchema } from "../../src/runtime/xds/gen/envoy/config/cluster/v3/cluster_pb";
import { ListenerSchema } from "../../src/runtime/xds/gen/envoy/config/listener/v3/listener_pb";
import { TcpProxySchema } from "../../src/runtime/xds/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb";
import { AggregatedDiscoveryService } from "../../src/runtime/xds/gen/envoy/service/discovery/v3/ads_pb";
import { DeltaDiscoveryResponseSchema } from "../../src/runtime/xds/gen/envoy/service/discovery/v3/discovery_pb";

export interface StaticResources {
  /** proto3 JSON. */
  readonly clusters: readonly (JsonObject & { readonly name: string })[];
  readonly listeners: readonly (JsonObject & { readonly name: string })[];
}

/** Listens on a unix socket until close(). */
export async function startStaticAds(socket: string, resources: StaticResources): Promise<{ close(): Promise<void> }> {
  const registry = createRegistry(TcpProxySchema);
  const encoded = new Map(
    [
      { schema: ClusterSchema, list: resources.clusters },
      { schema: ListenerSchema, list: resources.listeners },
    ].map(({ schema, list }) => {
      const typeUrl = `type.googleapis.com/${schema.typeName}`;
      const encode = (json: JsonObject): Uint8Array =>
        schema === ClusterSchema
          ? toBinary(ClusterSchema, fromJson(ClusterSchema, json, { registry }))
          : toBinary(ListenerSchema, fromJson(ListenerSchema, json, { registry }));
      return [
        typeUrl,
        list.map((json) => ({ name: json.name, version: "1", resource: { typeUrl, value: encode(json) } })),
      ];
    }),
  );
  const handler = connectNodeAdapter({
    routes: (router) =>
      router.rpc(AggregatedDiscoveryService.method.deltaAggregatedResources, async function* (requests) {
        for await (const { typeUrl, responseNonce } of requests) {
          const found = encoded.get(typeUrl);
          if (found === undefined || responseNonce !== "") continue;
          yield create(DeltaDiscoveryResponseSchema, { typeUrl, nonce: "1", systemVersionInfo: "1", resources: found });
        }
      }),
  });
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer(handler);
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    close: () => {
      for (const session of sessions) session.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
