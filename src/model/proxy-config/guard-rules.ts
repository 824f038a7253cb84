// What may stand in a static listener, cluster, sink or tracer that a user adds to Envoy's bootstrap. Lists of what is
// allowed: of anything else nobody here can say whether it goes round mutual TLS, intentions or the private sockets.

/** Messages of extensions, without `type.googleapis.com/`. */
export const KNOWN_TYPES: ReadonlySet<string> = new Set(
  [
    "access_loggers.file.v3.FileAccessLog",
    "access_loggers.stream.v3.StderrAccessLog",
    "access_loggers.stream.v3.StdoutAccessLog",
    "filters.http.buffer.v3.Buffer",
    "filters.http.cors.v3.Cors",
    "filters.http.csrf.v3.CsrfPolicy",
    "filters.http.fault.v3.HTTPFault",
    "filters.http.grpc_stats.v3.FilterConfig",
    "filters.http.health_check.v3.HealthCheck",
    "filters.http.jwt_authn.v3.JwtAuthentication",
    "filters.http.local_ratelimit.v3.LocalRateLimit",
    "filters.http.rbac.v3.RBAC",
    "filters.http.router.v3.Router",
    "filters.listener.http_inspector.v3.HttpInspector",
    "filters.listener.proxy_protocol.v3.ProxyProtocol",
    "filters.listener.tls_inspector.v3.TlsInspector",
    "filters.network.connection_limit.v3.ConnectionLimit",
    "filters.network.direct_response.v3.Config",
    "filters.network.echo.v3.Echo",
    "filters.network.http_connection_manager.v3.HttpConnectionManager",
    "filters.network.local_ratelimit.v3.LocalRateLimit",
    "filters.network.rbac.v3.RBAC",
    "filters.network.tcp_proxy.v3.TcpProxy",
    "load_balancing_policies.least_request.v3.LeastRequest",
    "load_balancing_policies.maglev.v3.Maglev",
    "load_balancing_policies.random.v3.Random",
    "load_balancing_policies.ring_hash.v3.RingHash",
    "load_balancing_policies.round_robin.v3.RoundRobin",
    "network.dns_resolver.cares.v3.CaresDnsResolverConfig",
    "request_id.uuid.v3.UuidRequestIdConfig",
    "stat_sinks.graphite_statsd.v3.GraphiteStatsdSink",
    "stat_sinks.open_telemetry.v3.SinkConfig",
    "tracers.opentelemetry.samplers.v3.AlwaysOnSamplerConfig",
    "transport_sockets.raw_buffer.v3.RawBuffer",
    "transport_sockets.tls.v3.DownstreamTlsContext",
    "transport_sockets.tls.v3.UpstreamTlsContext",
    "upstreams.http.v3.HttpProtocolOptions",
  ]
    .map((name) => `envoy.extensions.${name}`)
    .concat([
      "envoy.config.metrics.v3.DogStatsdSink",
      "envoy.config.metrics.v3.MetricsServiceConfig",
      "envoy.config.metrics.v3.StatsdSink",
      "envoy.config.trace.v3.DatadogConfig",
      "envoy.config.trace.v3.OpenTelemetryConfig",
      "envoy.config.trace.v3.SkyWalkingConfig",
      "envoy.config.trace.v3.ZipkinConfig",
    ]),
);

export const DOWNSTREAM_TLS = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
export const FILE_LOG = "envoy.extensions.access_loggers.file.v3.FileAccessLog";

const ELSEWHERE = "it takes configuration from elsewhere, which nobody has checked";
const CALLER = "it lets the caller choose where bytes go";
const SECRETS = "it would get the gateway's own secrets and clusters";

/** Fields, in snake case, that make what was checked say nothing, each with the reason. */
export const REFUSED_FIELDS: Readonly<Record<string, string>> = {
  ads: SECRETS,
  self: SECRETS,
  api_config_source: ELSEWHERE,
  config_discovery: ELSEWHERE,
  eds_cluster_config: ELSEWHERE,
  rds: ELSEWHERE,
  scoped_routes: ELSEWHERE,
  vhds: ELSEWHERE,
  fcds_config: ELSEWHERE,
  google_grpc: "its connections cannot be checked: use envoy_grpc with a static cluster",
  cluster_type: ELSEWHERE,
  cluster_header: CALLER,
  cluster_specifier_plugin: CALLER,
  inline_cluster_specifier_plugin: CALLER,
  original_dst_lb_config: CALLER,
  use_original_dst: CALLER,
  on_demand: ELSEWHERE,
  api_listener: "it is no listener that callers reach",
  internal_listener: "internal listeners are the gateway's own",
  envoy_internal_address: "it leads to the gateway's internal listeners, behind the one that callers may reach",
  server_listener_name: "it leads to the gateway's internal listeners, behind the one that callers may reach",
  udp_listener_config: "only TCP listeners are checked",
};

/** Fields, in snake case, whose text is the name of a cluster. */
export const CLUSTER_FIELDS: ReadonlySet<string> = new Set([
  "cluster",
  "cluster_name",
  "collector_cluster",
  "tcp_cluster_name",
]);

/** Lists of filters: one without a typed configuration would be looked up by its name. */
export const FILTER_LISTS: ReadonlySet<string> = new Set(["filters", "http_filters", "listener_filters"]);

/** What a static cluster may not be called: names that Envoy or callers would take for the gateway's own. */
export const OWN_CLUSTER = /^(xds|none|self_admin|local_agent|prometheus_backend|to-.*|.*\.internal(-v1)?\..*)$/;

/** As the gateway's own listeners are called. */
export const OWN_LISTENER = /^(in-.*|envoy_(prometheus_metrics|metrics)_listener|.*:\d+)$/;

/** Where an access log may go: text that somebody else chooses must not end up in files of this host. */
export const LOG_FILES: ReadonlySet<string> = new Set(["/dev/stdout", "/dev/stderr", "/dev/null"]);
