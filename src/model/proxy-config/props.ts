// Gateway options as a user writes them: Consul's own keys, so that what its documentation says can be copied.

/** An address of its own to listen on. */
export interface BindAddressProps {
  /** IP address. */
  readonly address: string;
  /** TCP port, 1-65535. */
  readonly port: number;
}

/**
 * `Proxy.Config` of a terminating gateway. Those of Envoy's bootstrap (marked "at start") count when the process starts, all
 * others at once. docs/gateway-options.md has the whole table.
 */
export interface ProxyConfigProps {
  /** Further addresses to listen on, by name. @default {} */
  readonly envoy_gateway_bind_addresses?: Readonly<Record<string, BindAddressProps>>;
  /** Listen on the tagged addresses (`lan`, `wan`) too. @default false */
  readonly envoy_gateway_bind_tagged_addresses?: boolean;
  /** Do not listen on `bind`. @default false */
  readonly envoy_gateway_no_default_bind?: boolean;
  /** How hostnames are resolved. @default "strict_dns" */
  readonly envoy_dns_discovery_type?: "strict_dns" | "logical_dns";
  /** TCP connect of services that say nothing themselves, milliseconds. @default 5000 */
  readonly connect_timeout_ms?: number;
  /** TCP keepalive towards external services. @default false */
  readonly envoy_gateway_remote_tcp_enable_keepalive?: boolean;
  /** Idle seconds before the first probe. @default - the operating system's */
  readonly envoy_gateway_remote_tcp_keepalive_time?: number;
  /** Seconds between probes. @default - the operating system's */
  readonly envoy_gateway_remote_tcp_keepalive_interval?: number;
  /** Probes without an answer before the connection is given up. @default - the operating system's */
  readonly envoy_gateway_remote_tcp_keepalive_probes?: number;
  /** At start. Clusters for static listeners, stats sinks and tracing: JSON objects with commas between them. */
  readonly envoy_extra_static_clusters_json?: string;
  /** At start. Listeners beside the gateway's: JSON objects with commas between them. */
  readonly envoy_extra_static_listeners_json?: string;
  /** At start. Stats sinks: JSON objects with commas between them. */
  readonly envoy_extra_stats_sinks_json?: string;
  /** At start. Envoy's `stats_config`, one JSON object. */
  readonly envoy_stats_config_json?: string;
  /** At start. How often sinks are written to, as `10s`. @default "5s", Envoy's */
  readonly envoy_stats_flush_interval?: string;
  /** At start. Labels of every metric, as `team=payments`. @default [] */
  readonly envoy_stats_tags?: readonly string[];
  /** At start. Envoy's `tracing`, one JSON object. */
  readonly envoy_tracing_json?: string;
  /** At start. `ip:port` where `/metrics` answers Prometheus. */
  readonly envoy_prometheus_bind_addr?: string;
  /** At start. `ip:port` where `/stats` answers. */
  readonly envoy_stats_bind_addr?: string;
  /** At start. `udp://<ip>:<port>` or `unix:///<path>` of a StatsD server. */
  readonly envoy_statsd_url?: string;
  /** At start. The same of a DogStatsD server. */
  readonly envoy_dogstatsd_url?: string;
}
