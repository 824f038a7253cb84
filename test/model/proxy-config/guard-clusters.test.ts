// Static clusters: which may be added to Envoy's bootstrap, and which would go round mutual TLS or reach private sockets.

import { cluster, guard, guardCluster, socket, X } from "./extras";

describe("clusters", () => {
  test.each<[string, object]>([
    ["chosen by callers' SNI", cluster({ name: "to-billing.default.dc1.internal.x.consul" })],
    ["of a service", cluster({ name: "billing.default.dc1.internal.11111111.consul" })],
    ["of a service in a partition", cluster({ name: "billing.default.p.dc1.internal-v1.11111111.consul" })],
    ["of the control plane", cluster({ name: "xds" })],
    ["of connections without SNI", cluster({ name: "none" })],
    ["of the admin interface", cluster({ name: "self_admin" })],
    ["without a name", cluster({ name: "" })],
    ["with endpoints from elsewhere", cluster({ type: "EDS", eds_cluster_config: {} })],
    ["with the endpoint of the caller's choice", cluster({ type: "ORIGINAL_DST" })],
    ["of a kind that is not checked", cluster({ cluster_type: { name: "envoy.clusters.aggregate" } })],
    ["to an internal listener", cluster({}, { envoy_internal_address: { server_listener_name: "in-billing" } })],
    [
      "to an internal listener, spelt otherwise",
      cluster({}, { envoyInternalAddress: { serverListenerName: "in-billing" } }),
    ],
    ["to the admin socket", cluster({}, { pipe: { path: "/run/tgw/egress/admin.sock" } })],
    ["to the admin socket with more slashes", cluster({}, { pipe: { path: "/run//tgw/egress/xds.sock" } })],
    ["to the admin socket by a detour", cluster({}, { pipe: { path: "/tmp/../run/tgw/egress/xds.sock" } })],
    ["to the admin socket through /proc", cluster({}, { pipe: { path: "/proc/self/root/run/tgw/egress/xds.sock" } })],
    ["to a relative socket", cluster({}, { pipe: { path: "admin.sock" } })],
    ["to the admin port", cluster({}, socket("127.0.0.1", 19_000))],
    ["to the admin port as text", cluster({}, { socketAddress: { address: "127.1.2.3", portValue: "19000" } })],
    ["to the admin port on the host's own address", cluster({}, socket("10.0.0.5", 19_000))],
    ["to the admin port on it in IPv6", cluster({}, socket("::ffff:10.0.0.5", 19_000))],
    ["to the admin port by name", cluster({}, socket("localhost", 19_000))],
    [
      "with a secret of ours",
      cluster({
        transport_socket: {
          name: "tls",
          typed_config: {
            "@type": `${X}.transport_sockets.tls.v3.UpstreamTlsContext`,
            common_tls_context: {
              tls_certificate_sds_secret_configs: [{ name: "leaf/billing", sds_config: { ads: {} } }],
            },
          },
        },
      }),
    ],
    [
      "with an extension that is not checked",
      cluster({
        transport_socket: {
          name: "x",
          typed_config: { "@type": `${X}.transport_sockets.internal_upstream.v3.InternalUpstreamTransport` },
        },
      }),
    ],
    ["with a field in both spellings", cluster({ connectTimeout: "2s" })],
  ])("%s: refused with a reason", (_what, each) => {
    const { clusters, issues } = guardCluster(each);
    expect(clusters).toEqual([]);
    expect(issues.length).toBeGreaterThan(0);
    expect(issues[0]?.path).toMatch(/^c\.envoy_extra_static_clusters_json/);
  });

  test.each<[string, object]>([
    [
      "on TLS with files",
      cluster({
        transport_socket: {
          name: "tls",
          typed_config: {
            "@type": `${X}.transport_sockets.tls.v3.UpstreamTlsContext`,
            common_tls_context: { validation_context: { trusted_ca: { filename: "/etc/ca.pem" } } },
          },
        },
      }),
    ],
    ["on a socket of somebody else", cluster({}, { pipe: { path: "/run/collector.sock" } })],
    ["on the admin's port of another host", cluster({}, socket("10.0.0.7", 19_000))],
    ["by name", cluster({ type: "STRICT_DNS" }, socket("collector.example.com", 4317))],
  ])("%s: taken", (_what, each) => {
    expect(guardCluster(each)).toMatchObject({ clusters: [each], issues: [] });
  });

  test("a refused one costs the others nothing", () => {
    const { clusters, issues } = guard({ envoy_extra_static_clusters_json: [cluster({ name: "xds" }), cluster()] });
    expect(clusters).toEqual([cluster()]);
    expect(issues.map(({ path }) => path)).toContain("c.envoy_extra_static_clusters_json[0].name");
  });
});
