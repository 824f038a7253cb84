// Static clusters and listeners as users add them, and a gateway's host to judge them by.

import { guardStatic } from "../../../src/model/proxy-config/guard";
import type { GuardContext } from "../../../src/model/proxy-config/guard-walk";
import type { ProxyValues } from "../../../src/model/proxy-config/keys";

const CONTEXT: GuardContext = {
  binds: [{ address: "10.0.0.5", port: 8443 }],
  adminPort: 19_000,
  privatePaths: ["/run/tgw", "/state"],
  hostAddresses: ["10.0.0.5", "203.0.113.9"],
  allowPublic: false,
};
export const X = "type.googleapis.com/envoy.extensions";

export const socket = (address: string, port: number) => ({ socket_address: { address, port_value: port } });
export const cluster = (fields: object = {}, to: object = socket("10.0.0.7", 8125)) => ({
  ...{ name: "collector", type: "STATIC", connect_timeout: "1s" },
  load_assignment: {
    cluster_name: "collector",
    endpoints: [{ lb_endpoints: [{ endpoint: { address: to } }] }],
  },
  ...fields,
});
export const TLS = { name: "tls", typed_config: { "@type": `${X}.transport_sockets.tls.v3.DownstreamTlsContext` } };
export const tcp = (name: string, more: object = {}) => ({
  name: "tcp",
  typed_config: { "@type": `${X}.filters.network.tcp_proxy.v3.TcpProxy`, stat_prefix: "x", cluster: name, ...more },
});
export const listener = (fields: object = {}, filter: object = tcp("collector"), chain: object = {}) => ({
  name: "extra",
  address: socket("127.0.0.1", 9000),
  filter_chains: [{ filters: [filter], ...chain }],
  ...fields,
});
export const guard = (values: object, context: Partial<GuardContext> = {}) =>
  guardStatic(values as ProxyValues, { ...CONTEXT, ...context }, "c");
export const guardCluster = (each: object) => guard({ envoy_extra_static_clusters_json: [each] });
export const guardListener = (each: object, context: Partial<GuardContext> = {}) =>
  guard({ envoy_extra_static_clusters_json: [cluster()], envoy_extra_static_listeners_json: [each] }, context);
