// Flags about options, and where the admin interface is.
import { parseGatewayFlags } from "../../../src/runtime/options/flags";

const parsed = (flags: Parameters<typeof parseGatewayFlags>[0]) => {
  const result = parseGatewayFlags(flags);
  return result.ok ? result.value : result.error.map(({ path, got }) => `${path}: ${got}`);
};

test("options are taken under Consul's keys: text, numbers as text, lists and objects as JSON", () => {
  const proxyConfig = [
    "connect_timeout_ms=2000",
    'envoy_stats_tags=["a=b","c"]',
    'envoy_gateway_bind_addresses={"x":{"address":"10.0.0.1","port":1}}',
    "envoy_statsd_url=udp://10.0.0.1:8125",
    'envoy_stats_config_json={"use_all_default_tags":true}',
  ];
  expect(parsed({ proxyConfig, allowPublicBind: true })).toEqual({
    allowPublic: true,
    proxyConfig: {
      connect_timeout_ms: "2000",
      envoy_stats_tags: ["a=b", "c"],
      envoy_gateway_bind_addresses: { x: { address: "10.0.0.1", port: 1 } },
      envoy_statsd_url: "udp://10.0.0.1:8125",
      envoy_stats_config_json: '{"use_all_default_tags":true}',
    },
  });
});

test("every mistake at once", () => {
  const proxyConfig = [
    "connect_timeout_ms",
    "connect_timeout_ms=soon",
    "connect_timeot_ms=1",
    "envoy_public_listener_json={}",
  ];
  expect(parsed({ proxyConfig: [...proxyConfig, "connect_timeout_ms=1"], adminBind: "everywhere" })).toEqual([
    "--proxy-config: no key before a =",
    "--proxy-config: connect_timeout_ms twice",
    '--proxy-config.connect_timeout_ms: "soon"',
    '--proxy-config.envoy_public_listener_json: "{}"',
    "--proxy-config.connect_timeot_ms: an unknown name",
    '--admin-bind: "everywhere"',
  ]);
});

test.each([
  ["unix:///run/tgw/admin.sock", "/run/tgw/admin.sock"],
  ["/run/tgw/admin.sock", "/run/tgw/admin.sock"],
  ["127.0.0.1:19000", { address: "127.0.0.1", port: 19_000 }],
  ["localhost:19000", { address: "127.0.0.1", port: 19_000 }],
  [":19000", { address: "127.0.0.1", port: 19_000 }],
  ["[::1]:19000", { address: "::1", port: 19_000 }],
])("--admin-bind %s", (adminBind, admin) => {
  expect(parsed({ adminBind })).toEqual({ allowPublic: false, proxyConfig: {}, admin });
});

test.each([
  ["10.0.0.5:19000", "10.0.0.5, which other hosts can reach"],
  ["0.0.0.0:19000", "0.0.0.0, which other hosts can reach"],
  ["127.0.0.1", '"127.0.0.1"'],
  ["127.0.0.1:0", '"127.0.0.1:0"'],
  ["127.0.0.1:70000", '"127.0.0.1:70000"'],
  ["host.example.com:1", '"host.example.com:1"'],
  ["/run/tgw/", "9 bytes"],
  [`/${"x".repeat(120)}`, "121 bytes"],
])("--admin-bind %s is refused", (adminBind, got) => {
  expect(parsed({ adminBind })).toEqual([`--admin-bind: ${got}`]);
});

test("an admin interface that other hosts reach needs its own word", () => {
  const admin = { address: "10.0.0.5", port: 19_000 };
  expect(parsed({ adminBind: "10.0.0.5:19000", allowRemoteAdmin: true })).toMatchObject({ admin });
});
