// Everything that is said of a gateway's options, and what holds: precedence, refusals, what stays of before.
import { effectiveOptions, type OptionInputs } from "../../../src/runtime/options/effective";
import type { Layer } from "../../../src/runtime/options/layers";

const OWN = [{ name: "default", address: "10.0.0.5", port: 8443 }];
const HOST = {
  addresses: ["127.0.0.1", "10.0.0.5"],
  env: {},
  admin: "/run/tgw/egress/admin.sock",
  privatePaths: ["/run/tgw"],
};

const layer = (path: string, config: object, shared = false): Layer => ({ path, config: { ...config }, shared });
const inputs = (more: Partial<OptionInputs> & { readonly config?: object } = {}): OptionInputs => ({
  layers: more.config === undefined ? [] : [layer("c", more.config)],
  ...{ own: OWN, tagged: {}, allowPublic: false, host: HOST },
  ...more,
});
const said = (...args: Parameters<typeof effectiveOptions>) =>
  effectiveOptions(...args).said.map(({ level, path, got }) => `${level} ${path}: ${got}`);
const bindsOf = (...args: Parameters<typeof effectiveOptions>) =>
  effectiveOptions(...args).identity.binds.map(({ name, address, port }) => `${name} ${address}:${port}`);

test("without options: its own address, and nothing else", () => {
  expect(effectiveOptions(inputs())).toMatchObject({
    identity: { binds: OWN },
    service: {},
    parts: { clusters: [], listeners: [], sinks: [] },
    said: [],
  });
  expect(Object.keys(effectiveOptions(inputs()).identity)).toEqual(["binds"]);
});

describe("precedence", () => {
  const layers = [
    layer("flags", { connect_timeout_ms: 1 }),
    layer("manifest", { connect_timeout_ms: 2, envoy_dns_discovery_type: "logical_dns" }),
    layer("proxy-defaults", { connect_timeout_ms: 3, envoy_gateway_remote_tcp_enable_keepalive: true }, true),
  ];

  test("the first place that says an option wins, option by option", () => {
    expect(effectiveOptions(inputs({ layers })).service).toEqual({
      ...{ connectTimeoutMs: 1, dnsDiscovery: "logical_dns", keepalive: {} },
    });
  });

  test("a wrong value leaves the next place", () => {
    const [, manifest, defaults] = layers;
    const wrong = layer("flags", { connect_timeout_ms: "soon" });
    const result = effectiveOptions(inputs({ layers: [wrong, ...[manifest, defaults].flatMap((each) => each ?? [])] }));
    expect(result.service.connectTimeoutMs).toBe(2);
    expect(result.said.map(({ path }) => path)).toEqual(["flags.connect_timeout_ms"]);
  });

  test("a value that goes wrong later stays what it was, and one that is taken back is gone", () => {
    const before = effectiveOptions(
      inputs({ config: { connect_timeout_ms: 7, envoy_dns_discovery_type: "logical_dns" } }),
    );
    const after = effectiveOptions(inputs({ config: { connect_timeout_ms: -1 } }), before);
    expect(after.service).toEqual({ connectTimeoutMs: 7 });
    expect(effectiveOptions(inputs({ config: { connect_timeout_ms: -2 } }), after).service).toEqual({
      connectTimeoutMs: 7,
    });
    expect(effectiveOptions(inputs({ config: {} }), after).service).toEqual({});
  });

  test("what others read in proxy-defaults is no mistake; a misspelt key of ours is", () => {
    const config = {
      protocol: "http",
      local_connect_timeout_ms: 5,
      tracing_team: "x",
      envoy_gateway_no_defalt_bind: true,
    };
    expect(said(inputs({ layers: [layer("d", config, true)] }))).toEqual([
      "info d.local_connect_timeout_ms: 5",
      "warn d.envoy_gateway_no_defalt_bind: an unknown name",
    ]);
  });
});

describe("where it listens", () => {
  const inner = { address: "10.0.0.6", port: 9000 };

  test("its own, tagged and named addresses, sorted by name, each once", () => {
    const config = {
      envoy_gateway_bind_tagged_addresses: true,
      envoy_gateway_bind_addresses: { b: inner, a: { address: "10.0.0.5", port: 8443 } },
    };
    const tagged = { lan: { address: "10.0.0.5", port: 8443 }, wan: { address: "10.9.9.9", port: 443 } };
    expect(bindsOf(inputs({ config, tagged }))).toEqual(["a 10.0.0.5:8443", "b 10.0.0.6:9000", "wan 10.9.9.9:443"]);
  });

  test("not on its own when that is switched off, and never on nothing without a word", () => {
    const config = { envoy_gateway_no_default_bind: true, envoy_gateway_bind_addresses: { b: inner } };
    expect(bindsOf(inputs({ config }))).toEqual(["b 10.0.0.6:9000"]);
    expect(said(inputs({ config: { envoy_gateway_no_default_bind: true } }))).toEqual([
      "error the gateway: no address to listen on",
    ]);
  });

  test.each([
    ["203.0.113.9", [], "the public address 203.0.113.9:8443"],
    ["2001:db8::1", [], "the public address [2001:db8::1]:8443"],
    ["0.0.0.0", ["203.0.113.9"], "0.0.0.0:8443 on a host with a public address"],
    ["::", ["2001:db8::1"], "[::]:8443 on a host with a public address"],
  ])("%s on a host with %j needs a word", (address, addresses, got) => {
    const host = { ...HOST, addresses };
    const own = [{ name: "default", address, port: 8443 }];
    expect(said(inputs({ own, host }))).toEqual([
      `error the bind "default": ${got}`,
      "error the gateway: no address to listen on",
    ]);
    expect(bindsOf(inputs({ own, host, allowPublic: true }))).toEqual([`default ${address}:8443`]);
  });

  test("0.0.0.0 on a host with private addresses alone needs none", () => {
    const own = [{ name: "default", address: "0.0.0.0", port: 8443 }];
    expect(said(inputs({ own }))).toEqual([]);
  });

  test("an address that is refused later stays what it was; those beside it change", () => {
    const before = effectiveOptions(inputs({ config: { envoy_gateway_bind_addresses: { a: inner } } }));
    const next = { a: { address: "203.0.113.9", port: 1 }, b: { address: "10.0.0.7", port: 2 } };
    expect(bindsOf(inputs({ config: { envoy_gateway_bind_addresses: next } }), before)).toEqual([
      "a 10.0.0.6:9000",
      "b 10.0.0.7:2",
      "default 10.0.0.5:8443",
    ]);
  });

  test("not on what Envoy's static listeners and admin interface have", () => {
    const running = effectiveOptions(inputs({ config: { envoy_prometheus_bind_addr: "10.0.0.5:9102" } })).parts;
    const host = { ...HOST, admin: { address: "127.0.0.1", port: 19_000 } };
    const config = {
      envoy_gateway_bind_addresses: { a: { address: "10.0.0.5", port: 9102 }, b: { address: "0.0.0.0", port: 19_000 } },
    };
    expect(said(inputs({ config, host }), undefined, running)).toEqual([
      'error the bind "a": 10.0.0.5:9102, which the metrics page has',
      'error the bind "b": 0.0.0.0:19000, which the admin interface has',
    ]);
  });
});

describe("Envoy's bootstrap", () => {
  const partsOf = (config: object, more: Partial<OptionInputs> = {}) =>
    effectiveOptions(inputs({ config, ...more })).parts;
  const sink = (type: string, address: object) => ({
    name: `envoy.stat_sinks.${type === "StatsdSink" ? "statsd" : "dog_statsd"}`,
    typed_config: { "@type": `type.googleapis.com/envoy.config.metrics.v3.${type}`, address },
  });
  const udp = { socket_address: { protocol: "UDP", address: "10.0.0.7", port_value: 8125 } };

  test.each([
    [{ envoy_statsd_url: "udp://10.0.0.7:8125" }, sink("StatsdSink", udp)],
    [{ envoy_dogstatsd_url: "unix:///run/dog.sock" }, sink("DogStatsdSink", { pipe: { path: "/run/dog.sock" } })],
    [{ envoy_statsd_url: "udp://${HOST_IP}:8125" }, sink("StatsdSink", udp)],
    [{ envoy_statsd_url: "$STATSD" }, sink("StatsdSink", udp)],
  ])("%j", (config, expected) => {
    const host = { ...HOST, env: { HOST_IP: "10.0.0.7", STATSD: "udp://10.0.0.7:8125" } };
    expect(partsOf(config, { host }).sinks).toEqual([expected]);
  });

  test.each([
    ["udp://${TOKEN}:8125"],
    ["$TOKEN"],
    ["$NOTHING"],
    ["udp://collector.example.com:8125"],
    ["unix:///run/tgw/egress/admin.sock"],
  ])("%s is refused, and no variable is shown", (envoy_statsd_url) => {
    const host = { ...HOST, env: { TOKEN: "canary-token" } };
    const { parts, said: issues } = effectiveOptions(inputs({ config: { envoy_statsd_url }, host }));
    expect(parts.sinks).toEqual([]);
    expect(issues.map(({ level, path }) => `${level} ${path}`)).toEqual(["error c.envoy_statsd_url"]);
    expect(JSON.stringify([parts, issues])).not.toContain("canary");
  });

  test("a variable is never put into a path", () => {
    const host = { ...HOST, env: { TOKEN: "canary-token" } };
    expect(JSON.stringify(partsOf({ envoy_statsd_url: "unix:///x/${TOKEN}" }, { host }))).not.toContain("canary");
  });

  test("tags stand beside those of the configuration", () => {
    const tags = [{ tag_name: "a", regex: "x" }];
    const config = {
      envoy_stats_config_json: JSON.stringify({ stats_tags: tags }),
      envoy_stats_tags: ["team=a=b", "flag"],
    };
    expect(partsOf(config).stats).toEqual({
      stats_tags: [...tags, { tag_name: "team", fixed_value: "a=b" }, { tag_name: "flag", fixed_value: "1" }],
    });
  });

  test.each([
    ["10.0.0.5:8443", "port 8443, which the gateway has"],
    ["203.0.113.9:9102", "the public address 203.0.113.9:9102"],
  ])("metrics are not shown on %s", (envoy_prometheus_bind_addr, got) => {
    expect(said(inputs({ config: { envoy_prometheus_bind_addr } }))).toEqual([
      `error c.envoy_prometheus_bind_addr: ${got}`,
    ]);
  });

  test("what would weaken the gateway is told with its place, and the rest is there", () => {
    const layers = [
      layer("flags", { envoy_stats_tags: ["a"] }),
      layer("defaults", { envoy_extra_static_clusters_json: '{"name":"xds"},{"name":"ok"}' }, true),
    ];
    const { parts, said: issues } = effectiveOptions(inputs({ layers }));
    expect(parts.clusters).toEqual([{ name: "ok" }]);
    expect(issues.map(({ path }) => path)).toEqual(["defaults.envoy_extra_static_clusters_json[0].name"]);
  });

  test("requests are traced as the Envoy that runs can", () => {
    const tracing = {
      http: { name: "x", typed_config: { "@type": "type.googleapis.com/envoy.config.trace.v3.DatadogConfig" } },
    };
    const config = { envoy_tracing_json: JSON.stringify(tracing) };
    const first = effectiveOptions(inputs({ config }));
    expect(first.identity.traced).toBe(true);
    expect(effectiveOptions(inputs({ config: {} }), first, first.parts).identity.traced).toBe(true);
    const running = effectiveOptions(inputs()).parts;
    expect(effectiveOptions(inputs({ config }), first, running).identity).not.toHaveProperty("traced");
  });
});
