// The bootstrap of an Envoy that gets everything else from our xDS server over a unix socket. Pure; holds no secret.

import type { JsonObject } from "@bufbuild/protobuf";
import type { AdminAddress } from "./admin-address";
import { addressJson, NO_PARTS, renderParts, type StaticParts } from "./static-parts";

export interface BootstrapOptions {
  /** Envoy's node id: the gateway's name, or one of its own per replica. */
  readonly nodeId: string;
  /** Envoy's node cluster: the gateway's service name. */
  readonly cluster: string;
  /** Unix socket of the delta ADS server. */
  readonly adsSocket: string;
  /** Where Envoy makes its admin interface; a unix socket gets mode 0600. */
  readonly adminSocket: AdminAddress;
  /** Client connections beyond this many are closed at once; absent: no limit. See connectionLimit(). */
  readonly maxConnections?: number;
  /** What the gateway's options add. @default - nothing */
  readonly parts?: StaticParts;
}

/** The static cluster that ADS goes to. Clients cannot reach it: the router prefixes every name that they choose. */
export const XDS_CLUSTER = "xds";

/** Owner only: whoever reaches the admin interface can stop Envoy and read its configuration. */
const SOCKET_MODE = 0o600;

/**
 * Largest program that Envoy accepts of a regular expression; its own limit of 100 is passed by a single SPIFFE id.
 * What is compiled is made by us, not by callers.
 */
const REGEX_PROGRAM_LIMIT = 1_048_576;

const RUNTIME = {
  re2: { max_program_size: { error_level: REGEX_PROGRAM_LIMIT } },
  // Envoy 1.40 resets an internal connection whose other end closes first, and passes that on to the client, dropping
  // what is still on its way: an answer with "connection: close" was lost (as in envoy#45190). Older ones ignore the key.
  "envoy.reloadable_features.enable_send_rst_on_user_space_socket": false,
};

/** Bootstrap as proto3 JSON (envoy.config.bootstrap.v3.Bootstrap); equal options give equal text. */
export function makeBootstrap(options: BootstrapOptions): JsonObject {
  const { adminSocket: admin, parts = NO_PARTS } = options;
  const adminAddress = typeof admin === "string" ? { pipe: { path: admin, mode: SOCKET_MODE } } : addressJson(admin);
  const { clusters, fields, ...more } = renderParts(parts, admin);
  // 0s: with no server, Envoy waits for its first configuration instead of opening empty.
  const fromAds = { ads: {}, resource_api_version: "V3", initial_fetch_timeout: "0s" };
  return {
    node: { id: options.nodeId, cluster: options.cluster },
    admin: { address: adminAddress, ignore_global_conn_limit: true },
    dynamic_resources: {
      ads_config: {
        api_type: "DELTA_GRPC",
        transport_api_version: "V3",
        // The node lists every extension, about 60 kB: once per stream is enough.
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: XDS_CLUSTER } }],
      },
      lds_config: fromAds,
      cds_config: fromAds,
    },
    static_resources: { clusters: [xdsCluster(options.adsSocket), ...clusters], ...more },
    bootstrap_extensions: [
      {
        name: "envoy.bootstrap.internal_listener",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
        },
      },
    ],
    // Saves a third of the CPU per service at start. Regular expressions in stats_config.stats_tags would cost
    // up to 85 ms of it, so there are none but a user's: labels are added where metrics are published.
    deferred_stat_options: { enable_deferred_creation_stats: true },
    layered_runtime: {
      layers: [{ name: "static", static_layer: RUNTIME }],
    },
    ...fields,
    ...(options.maxConnections === undefined ? {} : { overload_manager: limitConnections(options.maxConnections) }),
  };
}

/**
 * How many client connections a limit of open files bears: each takes up to two (the client's and the external
 * service's), some are left for listeners, files and the admin interface. Envoy crashes when it runs out of them.
 */
export function connectionLimit(openFiles: number): number {
  return Math.max(16, Math.floor((openFiles - 256) / 2));
}

function xdsCluster(socket: string): JsonObject {
  return {
    name: XDS_CLUSTER,
    type: "STATIC",
    connect_timeout: "1s",
    load_assignment: {
      cluster_name: XDS_CLUSTER,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: socket } } } }] }],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: {
          // A server that accepts and never answers would otherwise hold the stream for ever.
          http2_protocol_options: { connection_keepalive: { interval: "30s", timeout: "10s" } },
        },
      },
    },
  };
}

function limitConnections(count: number): JsonObject {
  return {
    resource_monitors: [
      {
        name: "envoy.resource_monitors.global_downstream_max_connections",
        typed_config: {
          "@type":
            "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
          max_active_downstream_connections: String(count),
        },
      },
    ],
  };
}
