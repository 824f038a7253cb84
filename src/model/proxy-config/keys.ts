// Every gateway option under Consul's own key: what its value is and when it counts. And the keys that Consul's
// documentation lists for proxies and a gateway cannot take, each with the reason.

import { choice, flag, json, jsonList, place, places, text, texts, whole } from "./values";

/** Of the gateway's listeners and of the way to external services; a change counts at once. */
const LIVE = {
  envoy_gateway_bind_addresses: places,
  envoy_gateway_bind_tagged_addresses: flag,
  envoy_gateway_no_default_bind: flag,
  envoy_dns_discovery_type: choice("strict_dns", "logical_dns"),
  connect_timeout_ms: whole(1, 3_600_000),
  envoy_gateway_remote_tcp_enable_keepalive: flag,
  envoy_gateway_remote_tcp_keepalive_time: whole(1, 86_400),
  envoy_gateway_remote_tcp_keepalive_interval: whole(1, 86_400),
  envoy_gateway_remote_tcp_keepalive_probes: whole(1, 1_000),
} as const;

const SINK_URL = text(
  /^(udp:\/\/\S+|unix:\/\/\/\S+|\$\{?\w+\}?)$/,
  "udp://<ip>:<port>, unix:///<path>, or $<NAME> of an environment variable that holds one",
);

/** Of Envoy's bootstrap; a change counts when Envoy is started anew. */
const AT_START = {
  envoy_extra_static_clusters_json: jsonList,
  envoy_extra_static_listeners_json: jsonList,
  envoy_extra_stats_sinks_json: jsonList,
  envoy_stats_config_json: json,
  envoy_stats_flush_interval: text(/^\d+(\.\d+)?s$/, "seconds, as 10s"),
  envoy_stats_tags: texts,
  envoy_tracing_json: json,
  envoy_prometheus_bind_addr: place,
  envoy_stats_bind_addr: place,
  envoy_statsd_url: SINK_URL,
  envoy_dogstatsd_url: SINK_URL,
} as const;

export const READERS = { ...LIVE, ...AT_START } as const;

export type ProxyKey = keyof typeof READERS;

/** Options that are right, read into what they mean; those that nobody set are absent. */
export type ProxyValues = {
  readonly [K in ProxyKey]?: NonNullable<ReturnType<(typeof READERS)[K]["read"]>>;
};

export const PROXY_KEYS = Object.keys(READERS) as readonly ProxyKey[];

/** Names that Consul had before. */
export const ALIASES: Readonly<Record<string, ProxyKey>> = {
  envoy_mesh_gateway_bind_addresses: "envoy_gateway_bind_addresses",
  envoy_mesh_gateway_bind_tagged_addresses: "envoy_gateway_bind_tagged_addresses",
  envoy_mesh_gateway_no_default_bind: "envoy_gateway_no_default_bind",
};

export function isAtStart(key: ProxyKey): boolean {
  return key in AT_START;
}

const REPLACES = "it would take the place of a listener or cluster that enforces mutual TLS and intentions";
const SIDECARS = "it is for sidecars: Consul does not take it for a terminating gateway either";

/** Keys that are known and not taken. */
export const NOT_TAKEN: Readonly<Record<string, string>> = {
  envoy_bootstrap_json_tpl: "it would take the place of the whole bootstrap, and with it of mutual TLS and intentions",
  envoy_public_listener_json: REPLACES,
  envoy_listener_json: REPLACES,
  envoy_cluster_json: REPLACES,
  envoy_local_cluster_json: REPLACES,
  envoy_listener_tracing_json:
    "listeners trace as envoy_tracing_json says: requests that the caller's proxy has chosen to trace",
  envoy_telemetry_collector_bind_socket_dir: "it is for HCP's collector alone; use a stats sink",
  envoy_hcp_metrics_bind_socket_dir: "it is for HCP's collector alone; use a stats sink",
  xds_fetch_timeout_ms: "it is part of a secret's identity in Envoy and must never change while it runs",
  max_inbound_connections: "use limits.maxConnections of a service",
  balance_inbound_connections: SIDECARS,
  bind_address: "use envoy_gateway_bind_addresses",
  bind_port: "use envoy_gateway_bind_addresses",
  local_connect_timeout_ms: SIDECARS,
  local_request_timeout_ms: SIDECARS,
  local_idle_timeout_ms: SIDECARS,
  limits: "use limits.maxConnections of a service",
  passive_health_check: "outlier detection is on with Envoy's defaults, as in Consul's own gateway",
};

/** Keys that something else reads. */
export const READ_ELSEWHERE: ReadonlySet<string> = new Set(["protocol"]);
