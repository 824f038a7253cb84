// Gateway options under Consul's keys, as loosely written as Consul reads them.

import { readProxyConfig } from "../../../src/model/proxy-config/read";

const valuesOf = (config: object) => readProxyConfig({ ...config }, "c").values;
const mistakesOf = (config: object) => readProxyConfig({ ...config }, "c").mistakes.map(({ path }) => path);

test.each([
  [{ connect_timeout_ms: 1234 }, { connect_timeout_ms: 1234 }],
  [{ connect_timeout_ms: "1234" }, { connect_timeout_ms: 1234 }],
  [{ envoy_gateway_no_default_bind: "true" }, { envoy_gateway_no_default_bind: true }],
  [{ envoy_gateway_no_default_bind: 0 }, { envoy_gateway_no_default_bind: false }],
  [{ envoy_dns_discovery_type: "LOGICAL_DNS" }, { envoy_dns_discovery_type: "logical_dns" }],
  [{ envoy_stats_tags: "a=b" }, { envoy_stats_tags: ["a=b"] }],
  [{ envoy_stats_tags: ["a=b", "c"] }, { envoy_stats_tags: ["a=b", "c"] }],
  [
    { envoy_gateway_bind_addresses: { b: { Address: "10.0.0.2", Port: 9000 }, a: { address: "::1", port: "9001" } } },
    {
      envoy_gateway_bind_addresses: [
        { name: "a", address: "::1", port: 9001 },
        { name: "b", address: "10.0.0.2", port: 9000 },
      ],
    },
  ],
  [{ envoy_prometheus_bind_addr: "[::1]:9102" }, { envoy_prometheus_bind_addr: { address: "::1", port: 9102 } }],
  [
    { envoy_extra_static_clusters_json: '{"name":"a"},{"name":"b"}' },
    { envoy_extra_static_clusters_json: [{ name: "a" }, { name: "b" }] },
  ],
  [{ envoy_extra_static_clusters_json: '[{"name":"a"}]' }, { envoy_extra_static_clusters_json: [{ name: "a" }] }],
  [{ envoy_mesh_gateway_no_default_bind: true }, { envoy_gateway_no_default_bind: true }],
  [
    { envoy_mesh_gateway_no_default_bind: true, envoy_gateway_no_default_bind: false },
    { envoy_gateway_no_default_bind: false },
  ],
  [{ protocol: "http", connect_timeout_ms: null }, {}],
])("%j means %j", (config, expected) => {
  expect(valuesOf(config)).toEqual(expected);
  expect(mistakesOf(config)).toEqual([]);
});

test.each([
  [{ connect_timeout_ms: 0 }, "c.connect_timeout_ms"],
  [{ connect_timeout_ms: "soon" }, "c.connect_timeout_ms"],
  [{ envoy_gateway_no_default_bind: "yes" }, "c.envoy_gateway_no_default_bind"],
  [{ envoy_dns_discovery_type: "static" }, "c.envoy_dns_discovery_type"],
  [{ envoy_gateway_bind_addresses: { a: { address: "host", port: 1 } } }, "c.envoy_gateway_bind_addresses"],
  [{ envoy_gateway_bind_addresses: { a: { address: "10.0.0.1" } } }, "c.envoy_gateway_bind_addresses"],
  [{ envoy_gateway_bind_addresses: [] }, "c.envoy_gateway_bind_addresses"],
  [{ envoy_extra_static_clusters_json: '{"name":' }, "c.envoy_extra_static_clusters_json"],
  [{ envoy_tracing_json: "[]" }, "c.envoy_tracing_json"],
  [{ envoy_prometheus_bind_addr: "9102" }, "c.envoy_prometheus_bind_addr"],
  [{ envoy_statsd_url: "tcp://10.0.0.1:1" }, "c.envoy_statsd_url"],
])("%j is a mistake, and the rest counts", (config, path) => {
  expect(mistakesOf({ ...config, envoy_gateway_remote_tcp_keepalive_probes: 5 })).toEqual([path]);
  expect(valuesOf({ ...config, envoy_gateway_remote_tcp_keepalive_probes: 5 })).toEqual({
    envoy_gateway_remote_tcp_keepalive_probes: 5,
  });
});

test("keys that the documentation lists and a gateway cannot take are told with the reason", () => {
  const { values, notTaken, unknown } = readProxyConfig(
    { envoy_public_listener_json: "{}", envoy_bootstrap_json_tpl: "{}", max_inbound_connections: 5 },
    "c",
  );
  expect(values).toEqual({});
  expect(unknown).toEqual([]);
  expect(notTaken.map(({ path, hint }) => `${path}: ${hint}`)).toEqual([
    "c.envoy_public_listener_json: it would take the place of a listener or cluster that enforces mutual TLS and intentions",
    "c.envoy_bootstrap_json_tpl: it would take the place of the whole bootstrap, and with it of mutual TLS and intentions",
    "c.max_inbound_connections: use limits.maxConnections of a service",
  ]);
});

test("a misspelt key is named with the one that was meant", () => {
  const { unknown } = readProxyConfig({ envoy_gateway_no_defalt_bind: true }, "c");
  expect(unknown.map(({ hint }) => hint)).toEqual(['did you mean "envoy_gateway_no_default_bind"?']);
});
