// What the gateway's options add to Envoy's bootstrap: static clusters and listeners, sinks, tags, tracing, and the listeners
// where metrics are read. Pure: what goes in has been judged before.

import type { JsonObject } from "@bufbuild/protobuf";
import type { Place } from "../../model/place";
import type { AdminAddress } from "./admin-address";

export interface StaticParts {
  readonly clusters: readonly JsonObject[];
  readonly listeners: readonly JsonObject[];
  readonly sinks: readonly JsonObject[];
  readonly tracing?: JsonObject;
  /** Envoy's stats_config. */
  readonly stats?: JsonObject;
  /** As `10s`. */
  readonly flushInterval?: string;
  /** Where `/metrics` answers Prometheus, and where `/stats` answers. */
  readonly prometheus?: Place;
  readonly statsPage?: Place;
}

export const NO_PARTS: StaticParts = { clusters: [], listeners: [], sinks: [] };

export function isEmpty(parts: StaticParts): boolean {
  return JSON.stringify(parts) === JSON.stringify(NO_PARTS);
}

const TYPE = "type.googleapis.com/envoy.extensions";
/** Static listeners may lead to clusters of the user's own alone, so nobody else can name this one. */
const ADMIN_CLUSTER = "self_admin";

/** Clusters and listeners for `static_resources`, beside the gateway's own; and the other fields of the bootstrap. */
export function renderParts(parts: StaticParts, admin: AdminAddress) {
  const { prometheus, statsPage, tracing, stats, flushInterval, sinks } = parts;
  const listeners = [
    ...(prometheus === undefined
      ? []
      : [page("envoy_prometheus_metrics_listener", prometheus, [route("/metrics", "/stats/prometheus")])]),
    ...(statsPage === undefined
      ? []
      : [page("envoy_metrics_listener", statsPage, [route("/stats"), route("/stats/prometheus")])]),
    ...parts.listeners,
  ];
  const clusters = [
    ...(prometheus === undefined && statsPage === undefined ? [] : [adminCluster(admin)]),
    ...parts.clusters,
  ];
  return {
    clusters,
    ...(listeners.length === 0 ? {} : { listeners }),
    fields: {
      ...(sinks.length === 0 ? {} : { stats_sinks: [...sinks] }),
      ...(flushInterval === undefined ? {} : { stats_flush_interval: flushInterval }),
      ...(stats === undefined ? {} : { stats_config: stats }),
      ...(tracing === undefined ? {} : { tracing }),
    },
  };
}

/** For `address` fields. */
export function addressJson(at: AdminAddress): JsonObject {
  return typeof at === "string"
    ? { pipe: { path: at } }
    : { socket_address: { address: at.address, port_value: at.port } };
}

function adminCluster(admin: AdminAddress): JsonObject {
  return {
    ...{ name: ADMIN_CLUSTER, type: "STATIC", connect_timeout: "1s" },
    load_assignment: {
      cluster_name: ADMIN_CLUSTER,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: addressJson(admin) } }] }],
    },
  };
}

/** Exact paths and GET alone: everything else that the admin interface can do stays out of reach. */
function route(path: string, rewrite?: string): JsonObject {
  return {
    match: { path, headers: [{ name: ":method", string_match: { exact: "GET" } }] },
    route: { cluster: ADMIN_CLUSTER, ...(rewrite === undefined ? {} : { prefix_rewrite: rewrite }) },
  };
}

function page(name: string, { address, port }: Place, routes: readonly JsonObject[]): JsonObject {
  const manager = {
    "@type": `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    ...{ stat_prefix: name, codec_type: "HTTP1", normalize_path: true, merge_slashes: true },
    path_with_escaped_slashes_action: "REJECT_REQUEST",
    route_config: { name, virtual_hosts: [{ name, domains: ["*"], routes: [...routes] }] },
    http_filters: [
      { name: "envoy.filters.http.router", typed_config: { "@type": `${TYPE}.filters.http.router.v3.Router` } },
    ],
  };
  return {
    name,
    address: { socket_address: { address, port_value: port } },
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
  };
}
