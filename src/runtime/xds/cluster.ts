// Clusters of one service: the way from the router to its listener, and the external service itself.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Addressing } from "../snapshot/addressing";
import type { ServiceConfig, ServiceSnapshot } from "../snapshot/state";
import { constant } from "./encode";
import { loadAssignment } from "./endpoint";
import { duration, FROM_ADS, limits } from "./fields";
import {
  Cluster_CommonLbConfigSchema,
  ClusterSchema,
  Cluster_DiscoveryType as Discovery,
  Cluster_DnsLookupFamily as Lookup,
  type ClusterSchema as Schema,
} from "./gen/lean/envoy/config/cluster/v3/cluster_pb";
import { TransportSocketSchema } from "./gen/lean/envoy/config/core/v3/base_pb";
import { InternalUpstreamTransportSchema } from "./gen/lean/envoy/extensions/transport_sockets/internal_upstream/v3/internal_upstream_pb";
import { RawBufferSchema } from "./gen/lean/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb";
import { HttpProtocolOptionsSchema } from "./gen/lean/envoy/extensions/upstreams/http/v3/http_protocol_options_pb";
import { AnySchema } from "./gen/lean/google/protobuf/any_pb";
import { balancing, hashesSource } from "./load-balancer";
import type { ServiceNames } from "./names";
import { makeResource, pack } from "./pack";
import type { Resource } from "./resource";
import { upstreamTls } from "./tls";

type Cluster = MessageInitShape<typeof Schema>;

/** Envoy's default would send to the unhealthy half as soon as half are; this one only when none is healthy. */
const ONLY_WHEN_NONE_IS_HEALTHY = constant(Cluster_CommonLbConfigSchema, { healthyPanicThreshold: { value: 1 } });

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const HTTP2 = constant(
  AnySchema,
  pack(HttpProtocolOptionsSchema, {
    upstreamProtocolOptions: {
      case: "explicitHttpConfig",
      value: { protocolConfig: { case: "http2ProtocolOptions", value: {} } },
    },
  }),
);

/** Name of an assignment inside its cluster: Envoy wants one and looks only at those of assignments that come by EDS. */
const INSIDE = "-";

/** A slow or broken resolver never keeps the gateway from starting: the cluster is there without hosts until it answers. */
const DNS = {
  clusterDiscoveryType: { case: "type", value: Discovery.STRICT_DNS } as const,
  dnsLookupFamily: Lookup.V4_PREFERRED,
  dnsRefreshRate: duration(10_000),
  dnsFailureRefreshRate: { baseInterval: duration(1_000), maxInterval: duration(10_000) },
  waitForWarmOnInit: false,
} satisfies Cluster;

/** Connections that are open stay where they are when the name moves. */
const LOGICAL_DNS = {
  ...DNS,
  clusterDiscoveryType: { case: "type", value: Discovery.LOGICAL_DNS } as const,
} satisfies Cluster;

const EDS = {
  clusterDiscoveryType: { case: "type", value: Discovery.EDS } as const,
  edsClusterConfig: { edsConfig: FROM_ADS },
} satisfies Cluster;

/** What the router knows of a connection and shares goes along with it. */
const PASSES_STATE = constant(TransportSocketSchema, {
  name: "internal_upstream",
  configType: {
    case: "typedConfig",
    value: pack(InternalUpstreamTransportSchema, {
      transportSocket: { name: "raw_buffer", configType: { case: "typedConfig", value: pack(RawBufferSchema, {}) } },
    }),
  },
});

/** `to-<sni>`: the only kind of cluster that a caller can choose. */
export function routerCluster(snapshot: ServiceSnapshot, names: ServiceNames): Resource {
  const address = {
    address: {
      case: "envoyInternalAddress",
      value: { addressNameSpecifier: { case: "serverListenerName", value: names.listener } },
    },
  } as const;
  const init: Cluster = {
    name: names.router,
    clusterDiscoveryType: { case: "type", value: Discovery.STATIC },
    circuitBreakers: limits(snapshot.config.maxConnections),
    ...(hashesSource(snapshot.config) ? { transportSocket: PASSES_STATE } : {}),
    loadAssignment: {
      clusterName: INSIDE,
      endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: "endpoint", value: { address } } }] }],
    },
  };
  return makeResource("cluster", ClusterSchema, init, { name: names.router });
}

/** `<sni>`: the external service. Outlier detection is on with Envoy's defaults, as in Consul. */
export function serviceCluster(snapshot: ServiceSnapshot, names: ServiceNames, addressing: Addressing): Resource {
  const { protocol, connectTimeoutMs, maxConnections, loadBalancer, dnsDiscovery, keepalive } = snapshot.config;
  const { sni: name } = names;
  const isDns = addressing.by === "hostname";
  const tls = upstreamTls(snapshot, addressing);
  const init: Cluster = {
    name,
    ...(isDns ? { ...dnsOf(dnsDiscovery, addressing), loadAssignment: loadAssignment(INSIDE, addressing) } : EDS),
    connectTimeout: duration(connectTimeoutMs),
    circuitBreakers: limits(maxConnections),
    outlierDetection: {},
    commonLbConfig: ONLY_WHEN_NONE_IS_HEALTHY,
    ...(loadBalancer === undefined ? {} : balancing(loadBalancer)),
    ...(protocol === "http2" || protocol === "grpc"
      ? { typedExtensionProtocolOptions: { [HTTP_OPTIONS]: HTTP2 } }
      : {}),
    ...(tls === undefined ? {} : { transportSocket: tls.socket }),
    ...(keepalive === undefined ? {} : keepaliveOf(keepalive)),
  };
  const children = [...(isDns ? [] : [{ type: "endpoint", name } as const]), ...(tls?.secrets ?? [])];
  return makeResource("cluster", ClusterSchema, init, { name, children });
}

/** LOGICAL_DNS takes one endpoint: several stay STRICT_DNS, so that none of them is left out. */
function dnsOf(discovery: ServiceConfig["dnsDiscovery"], { instances }: Addressing): typeof DNS | typeof LOGICAL_DNS {
  return discovery === "logical_dns" && instances.length === 1 ? LOGICAL_DNS : DNS;
}

function keepaliveOf({
  timeS,
  intervalS,
  probes,
}: NonNullable<ServiceConfig["keepalive"]>): Pick<Cluster, "upstreamConnectionOptions"> {
  const tcpKeepalive = {
    ...(probes === undefined ? {} : { keepaliveProbes: probes }),
    ...(timeS === undefined ? {} : { keepaliveTime: timeS }),
    ...(intervalS === undefined ? {} : { keepaliveInterval: intervalS }),
  };
  return { upstreamConnectionOptions: { tcpKeepalive } };
}
