// Static parts together, stats sinks and tracers.

import type { JsonObject } from "../../../src/model/proxy-config/values";
import { cluster, guard, listener, X } from "./extras";

test("a cluster, a listener to it, a sink and a tracer are taken as they are", () => {
  const sink = {
    name: "statsd",
    typed_config: { "@type": "type.googleapis.com/envoy.config.metrics.v3.StatsdSink", tcp_cluster_name: "collector" },
  };
  const tracing = {
    http: {
      name: "zipkin",
      typedConfig: { "@type": "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig", collectorCluster: "collector" },
    },
  };
  const values = {
    envoy_extra_static_clusters_json: [cluster()],
    envoy_extra_static_listeners_json: [listener()],
    envoy_extra_stats_sinks_json: [sink],
    envoy_tracing_json: tracing,
  };
  expect(guard(values)).toEqual({ clusters: [cluster()], listeners: [listener()], sinks: [sink], tracing, issues: [] });
});

test.each<[string, JsonObject]>([
  [
    "envoy_extra_stats_sinks_json",
    {
      name: "m",
      typed_config: {
        "@type": "type.googleapis.com/envoy.config.metrics.v3.MetricsServiceConfig",
        grpc_service: { envoy_grpc: { cluster_name: "xds" } },
      },
    },
  ],
  ["envoy_extra_stats_sinks_json", { name: "w", typed_config: { "@type": `${X}.stat_sinks.wasm.v3.Wasm` } }],
  [
    "envoy_extra_stats_sinks_json",
    {
      name: "m",
      typed_config: {
        "@type": "type.googleapis.com/envoy.config.metrics.v3.MetricsServiceConfig",
        grpc_service: { google_grpc: { target_uri: "unix:/run/tgw/egress/xds.sock" } },
      },
    },
  ],
  [
    "envoy_extra_stats_sinks_json",
    {
      name: "s",
      typed_config: {
        "@type": "type.googleapis.com/envoy.config.metrics.v3.StatsdSink",
        address: { pipe: { path: "/run/tgw/egress/admin.sock" } },
      },
    },
  ],
])("%s %j is refused", (key, value) => {
  const { sinks, issues } = guard({ [key]: [value] });
  expect(sinks).toEqual([]);
  expect(issues.length).toBeGreaterThan(0);
});

test("a tracer that loads code is refused", () => {
  const tracing = {
    http: {
      name: "x",
      typed_config: { "@type": "type.googleapis.com/envoy.config.trace.v3.DynamicOtConfig", library: "/x.so" },
    },
  };
  expect(guard({ envoy_tracing_json: tracing })).toMatchObject({
    issues: [{ path: "c.envoy_tracing_json.http.typed_config" }],
  });
});
