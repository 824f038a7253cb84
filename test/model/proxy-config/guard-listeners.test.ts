// Static listeners: which may be added to Envoy's bootstrap, and which would go round mutual TLS or reach private sockets.

import type { GuardContext } from "../../../src/model/proxy-config/guard-walk";
import { cluster, guard, guardListener, listener, socket, TLS, tcp, X } from "./extras";

describe("listeners", () => {
  const http = (route: object, more: object = {}) => ({
    name: "http",
    typed_config: {
      "@type": `${X}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: "x",
      route_config: { virtual_hosts: [{ name: "a", domains: ["*"], routes: [{ match: { prefix: "/" }, ...route }] }] },
      http_filters: [{ name: "router", typed_config: { "@type": `${X}.filters.http.router.v3.Router` } }],
      ...more,
    },
  });

  test.each<[string, object]>([
    ["on the gateway's port", listener({ address: socket("10.0.0.5", 8443) })],
    ["on the gateway's port of every interface", listener({ address: socket("0.0.0.0", 8443) })],
    [
      "on the gateway's port as a second address",
      listener({ additional_addresses: [{ address: socket("10.0.0.5", 8443) }] }),
    ],
    ["on the admin's port", listener({ address: socket("127.0.0.1", 19_000) })],
    ["on a public address without TLS", listener({ address: socket("203.0.113.9", 9000) })],
    ["on every interface of a public host without TLS", listener({ address: socket("0.0.0.0", 9000) })],
    [
      "on a public address with TLS but no word",
      listener({ address: socket("203.0.113.9", 9000) }, undefined, { transport_socket: TLS }),
    ],
    ["on a socket", listener({ address: { pipe: { path: "/run/tgw/x" } } })],
    ["internal", listener({ internal_listener: {} })],
    ["named as ours", listener({ name: "in-billing" })],
    ["to a service", listener({}, tcp("billing.default.dc1.internal.11111111.consul"))],
    ["to the router's way", listener({}, tcp("to-billing.default.dc1.internal.11111111.consul"))],
    ["to the control plane", listener({}, tcp("xds"))],
    ["to the admin interface", listener({}, tcp("self_admin"))],
    [
      "to weighted clusters",
      listener(
        {},
        {
          name: "tcp",
          typed_config: {
            "@type": `${X}.filters.network.tcp_proxy.v3.TcpProxy`,
            weighted_clusters: { clusters: [{ name: "xds", weight: 1 }] },
          },
        },
      ),
    ],
    ["to the cluster of the caller's choice", listener({}, http({ route: { cluster_header: "x-to" } }))],
    [
      "mirrored to a service",
      listener({}, http({ route: { cluster: "collector", request_mirror_policies: [{ cluster: "xds" }] } })),
    ],
    [
      "with routes from elsewhere",
      listener(
        {},
        {
          name: "http",
          typed_config: { "@type": `${X}.filters.network.http_connection_manager.v3.HttpConnectionManager`, rds: {} },
        },
      ),
    ],
    [
      "that shows a file",
      listener({}, http({ direct_response: { status: 200, body: { filename: "/state/leaf.pem" } } })),
    ],
    [
      "that shows a file under a misleading name",
      listener(
        {},
        http({
          direct_response: { status: 200, body: { filename: "/x" } },
          typed_per_filter_config: { common_tls_context: {} },
        }),
      ),
    ],
    [
      "with SNI as the cluster",
      listener({}, { name: "sni", typed_config: { "@type": `${X}.filters.network.sni_cluster.v3.SniCluster` } }),
    ],
    ["with a filter by its name", listener({}, { name: "envoy.filters.network.sni_cluster" })],
    [
      "with a script",
      listener(
        {},
        http(
          { route: { cluster: "collector" } },
          { http_filters: [{ name: "lua", typed_config: { "@type": `${X}.filters.http.lua.v3.Lua` } }] },
        ),
      ),
    ],
    [
      "with a log into a file",
      listener(
        {},
        http(
          { route: { cluster: "collector" } },
          {
            access_log: [
              {
                name: "f",
                typed_config: { "@type": `${X}.access_loggers.file.v3.FileAccessLog`, path: "/etc/cron.d/x" },
              },
            ],
          },
        ),
      ),
    ],
    [
      "with a leaf of ours",
      listener({}, undefined, {
        transport_socket: {
          name: "tls",
          typed_config: {
            "@type": `${X}.transport_sockets.tls.v3.DownstreamTlsContext`,
            common_tls_context: {
              tls_certificate_sds_secret_configs: [{ name: "leaf/billing", sdsConfig: { ads: {} } }],
            },
          },
        },
      }),
    ],
  ])("%s: refused with a reason", (_what, each) => {
    const { listeners, issues } = guardListener(each);
    expect(listeners).toEqual([]);
    expect(issues.length).toBeGreaterThan(0);
    expect(issues.every(({ path }) => path.startsWith("c.envoy_extra_static_listeners_json"))).toBe(true);
  });

  test.each<[string, object, Partial<GuardContext>]>([
    ["on loopback", listener(), {}],
    ["on a private address", listener({ address: socket("10.0.0.5", 9000) }), {}],
    [
      "on every interface of a private host",
      listener({ address: socket("0.0.0.0", 9000) }),
      { hostAddresses: ["10.0.0.5"] },
    ],
    [
      "on a public address with TLS and the word",
      listener({ address: socket("203.0.113.9", 9000) }, undefined, { transport_socket: TLS }),
      { allowPublic: true },
    ],
    [
      "over HTTP",
      listener(
        {},
        http(
          { route: { cluster: "collector" } },
          {
            access_log: [
              {
                name: "f",
                typed_config: { "@type": `${X}.access_loggers.file.v3.FileAccessLog`, path: "/dev/stdout" },
              },
            ],
          },
        ),
      ),
      {},
    ],
    [
      "that answers itself",
      listener({}, http({ direct_response: { status: 200, body: { inline_string: "ok" } } })),
      {},
    ],
  ])("%s: taken", (_what, each, context) => {
    expect(guardListener(each, context)).toMatchObject({ listeners: [each], issues: [] });
  });

  test("a public address without TLS is refused whatever word was said", () => {
    const each = listener({ address: socket("203.0.113.9", 9000) });
    expect(guardListener(each, { allowPublic: true }).listeners).toEqual([]);
  });

  test("one that leads to a refused cluster goes with it", () => {
    const values = {
      envoy_extra_static_clusters_json: [cluster({ name: "xds" })],
      envoy_extra_static_listeners_json: [listener({}, tcp("xds"))],
    };
    expect(guard(values)).toMatchObject({ clusters: [], listeners: [] });
  });
});
