// The content of a ResourceStore as a static bootstrap in JSON, for `envoy --mode validate`: what Envoy would get by ADS
// stands in place. It proves shapes, certificates and expressions, and nothing about updates.
import { createRegistry, fromBinary, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { ClusterSchema } from "../../src/runtime/xds/gen/envoy/config/cluster/v3/cluster_pb";
import { TypedExtensionConfigSchema } from "../../src/runtime/xds/gen/envoy/config/core/v3/extension_pb";
import { ClusterLoadAssignmentSchema } from "../../src/runtime/xds/gen/envoy/config/endpoint/v3/endpoint_pb";
import { ListenerSchema } from "../../src/runtime/xds/gen/envoy/config/listener/v3/listener_pb";
import { ActionSchema } from "../../src/runtime/xds/gen/envoy/config/rbac/v3/rbac_pb";
import { FileAccessLogSchema } from "../../src/runtime/xds/gen/envoy/extensions/access_loggers/file/v3/file_pb";
import { RBACSchema as HttpRbacSchema } from "../../src/runtime/xds/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb";
import { RouterSchema } from "../../src/runtime/xds/gen/envoy/extensions/filters/http/router/v3/router_pb";
import { ConfigSchema as HttpSetFilterStateSchema } from "../../src/runtime/xds/gen/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state_pb";
import { TlsInspectorSchema } from "../../src/runtime/xds/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb";
import { HttpConnectionManagerSchema } from "../../src/runtime/xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import { RBACSchema as NetworkRbacSchema } from "../../src/runtime/xds/gen/envoy/extensions/filters/network/rbac/v3/rbac_pb";
import { ConfigSchema as SetFilterStateSchema } from "../../src/runtime/xds/gen/envoy/extensions/filters/network/set_filter_state/v3/set_filter_state_pb";
import { TcpProxySchema } from "../../src/runtime/xds/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb";
import { HeaderMutationSchema } from "../../src/runtime/xds/gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb";
import { FilterStateInputSchema } from "../../src/runtime/xds/gen/envoy/extensions/matching/common_inputs/network/v3/network_inputs_pb";
import { UriSanInputSchema } from "../../src/runtime/xds/gen/envoy/extensions/matching/common_inputs/ssl/v3/ssl_inputs_pb";
import { InternalUpstreamTransportSchema } from "../../src/runtime/xds/gen/envoy/extensions/transport_sockets/internal_upstream/v3/internal_upstream_pb";
import { RawBufferSchema } from "../../src/runtime/xds/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb";
import { SecretSchema } from "../../src/runtime/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from "../../src/runtime/xds/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb";
import { HttpProtocolOptionsSchema } from "../../src/runtime/xds/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb";
import { HttpRequestHeaderMatchInputSchema } from "../../src/runtime/xds/gen/envoy/type/matcher/v3/http_inputs_pb";
import type { Resource, ResourceType, ResourceView } from "../../src/runtime/xds/resource";

/** Every message that our resources pack into an Any. */
const registry = createRegistry(
  ActionSchema,
  DownstreamTlsContextSchema,
  FileAccessLogSchema,
  FilterStateInputSchema,
  HeaderMutationSchema,
  HttpConnectionManagerSchema,
  HttpProtocolOptionsSchema,
  HttpRbacSchema,
  HttpRequestHeaderMatchInputSchema,
  HttpSetFilterStateSchema,
  InternalUpstreamTransportSchema,
  NetworkRbacSchema,
  RawBufferSchema,
  RouterSchema,
  SetFilterStateSchema,
  TcpProxySchema,
  TlsInspectorSchema,
  UpstreamTlsContextSchema,
  UriSanInputSchema,
);

const SCHEMAS = {
  cluster: ClusterSchema,
  endpoint: ClusterLoadAssignmentSchema,
  secret: SecretSchema,
  extension: TypedExtensionConfigSchema,
  listener: ListenerSchema,
} as const;

/** proto3 JSON of a resource, with what is packed in it written out. */
export function resourceJson({ type, body }: Pick<Resource, "type" | "body">): JsonObject {
  return toJson(SCHEMAS[type], fromBinary(SCHEMAS[type], body), { registry }) as JsonObject;
}

/** A bootstrap (envoy.config.bootstrap.v3.Bootstrap) as proto3 JSON. */
export function staticBootstrap(view: ResourceView): JsonObject {
  const all = (type: ResourceType): JsonObject[] =>
    [...view.names(type)].map((name) => resourceJson(view.get({ type, name }) as Resource));
  const inPlace = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(inPlace);
    if (typeof value !== "object" || value === null) return value;
    const { sdsConfig, configDiscovery, edsClusterConfig, ...rest } = value;
    const copy: { [key: string]: JsonValue } = {};
    for (const [key, each] of Object.entries(rest)) copy[key] = inPlace(each);
    if (configDiscovery !== undefined) {
      const found = view.get({ type: "extension", name: String(value.name) });
      if (found === undefined) throw new Error(`no extension ${value.name}`);
      copy.typedConfig = resourceJson(found).typedConfig ?? {};
    }
    if (edsClusterConfig !== undefined) {
      const found = view.get({ type: "endpoint", name: String(value.name) });
      if (found === undefined) throw new Error(`no endpoints ${value.name}`);
      Object.assign(copy, { type: "STATIC", loadAssignment: resourceJson(found) });
    }
    return copy;
  };
  return {
    node: { id: "validate", cluster: "validate" },
    staticResources: {
      clusters: all("cluster").map(inPlace),
      listeners: all("listener").map(inPlace),
      secrets: all("secret"),
    },
    bootstrapExtensions: [
      {
        name: "envoy.bootstrap.internal_listener",
        typedConfig: {
          "@type": "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
        },
      },
    ],
    layeredRuntime: {
      layers: [{ name: "static", staticLayer: { re2: { max_program_size: { error_level: 1_048_576 } } } }],
    },
  };
}
