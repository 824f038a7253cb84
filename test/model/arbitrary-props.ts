// Random valid declarations for property tests.

import fc from "fast-check";
import type {
  GatewayProps,
  HeaderProps,
  InstanceProps,
  IntentionProps,
  PermissionProps,
  ServiceProps,
  TlsProps,
} from "../../src/model/props";

/** A gateway with one to four services of distinct names and addresses. */
export function arbitraryProps(): fc.Arbitrary<GatewayProps> {
  const record = {
    datacenter: fc.constantFrom("dc1", "eu_west-2"),
    namespace: fc.constantFrom("default", "edge"),
    bind: fc.record({ address: fc.constantFrom("127.0.0.1", "::", "10.1.2.3"), port: port() }, { requiredKeys: [] }),
    defaultIntention: fc.constantFrom("allow" as const, "deny" as const),
    delivery: fc.constantFrom("file" as const, "kv" as const),
    auth: fc.constantFrom({ existing: "workloads", method: { nomad: { job: "egress" } } }),
    acl: fc.constantFrom(
      {},
      { enabled: false },
      { enabled: true, token: false },
      { replicas: ["host-1", "host-2"] },
      { replicaPrefix: "pod-" },
    ),
    proxyConfig: fc.constantFrom(
      {},
      { connect_timeout_ms: 1500, envoy_dns_discovery_type: "logical_dns" as const, envoy_stats_tags: ["a=b"] },
      { envoy_gateway_bind_addresses: { inner: { address: "10.1.2.4", port: 9000 } }, envoy_stats_config_json: "{}" },
    ),
    meta: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.constantFrom("", "x", "a b"), { maxKeys: 3 }),
  };
  return fc
    .tuple(
      fc.record(record, { requiredKeys: ["datacenter"] }),
      fc.uniqueArray(name(), { minLength: 1, maxLength: 4 }),
      fc.array(arbitraryService(), { minLength: 4, maxLength: 4 }),
    )
    .map(([gateway, names, services]) => ({
      name: "egress",
      ...gateway,
      // A login needs the role.
      ...(gateway.auth === undefined ? {} : { acl: {} }),
      services: names.map((each, index) => placed({ ...services[index], name: each } as ServiceProps, index)),
    }));
}

/** Addresses that no other service has. */
function placed(service: ServiceProps, index: number): ServiceProps {
  const move = (address: string): string =>
    address.startsWith("10.0.") ? address.replace("10.0.", `10.${index}.`) : `s${index}.${address}`;
  if (service.address !== undefined) return { ...service, address: move(service.address) };
  return { ...service, instances: (service.instances ?? []).map((each) => ({ ...each, address: move(each.address) })) };
}

/** Ends in a letter, so that no name looks like another one's default id; five at most, so that none is the gateway's. */
const name = (): fc.Arbitrary<string> => fc.stringMatching(/^[a-z]([a-z0-9-]{0,3}[a-z])?$/);
const port = (): fc.Arbitrary<number> => fc.integer({ min: 1, max: 65_535 });

function arbitraryService(): fc.Arbitrary<Partial<ServiceProps>> {
  const common = {
    disableAutoHostRewrite: fc.boolean(),
    allowFrom: fc.uniqueArray(fc.constantFrom("web", "batch", "Legacy_1"), { maxLength: 3 }),
    limits: fc.record({ maxConnections: fc.integer({ min: 1, max: 1_000_000 }) }, { requiredKeys: [] }),
    timeouts: fc.record(
      { connectMs: fc.integer({ min: 1, max: 60_000 }), requestMs: fc.nat(60_000), idleMs: fc.nat(60_000) },
      { requiredKeys: [] },
    ),
    onRevoke: fc.constantFrom("drain" as const, "keep" as const),
    tags: fc.array(fc.constantFrom("a", "b"), { maxLength: 2 }),
  };
  const l4 = { protocol: fc.constantFrom(undefined, "tcp" as const), intentions: intentions(action()) };
  const l7 = {
    protocol: fc.constantFrom("http" as const, "http2" as const, "grpc" as const),
    intentions: intentions(fc.oneof(action(), permissions())),
  };
  return fc
    .tuple(
      fc.record(common, { requiredKeys: [] }),
      fc.oneof(fc.record(l4, { requiredKeys: [] }), fc.record(l7, { requiredKeys: ["protocol"] })),
      fc.oneof(
        fc.constant({ plaintext: true }),
        tls().map((each) => ({ tls: each })),
      ),
      fc.oneof(single(), instances()),
    )
    .map((parts) => withoutUndefined(Object.assign({}, ...parts)));
}

function single(): fc.Arbitrary<Partial<ServiceProps>> {
  return fc.record({ address: fc.constantFrom("10.0.0.1", "db.example.com"), port: port() });
}

function instances(): fc.Arbitrary<Partial<ServiceProps>> {
  const of = (addresses: readonly string[]): fc.Arbitrary<readonly InstanceProps[]> =>
    fc.uniqueArray(
      fc.record(
        { address: fc.constantFrom(...addresses), port: port(), weight: fc.integer({ min: 1, max: 128 }) },
        { requiredKeys: ["address", "port"] },
      ),
      { minLength: 1, maxLength: 3, selector: (each) => `${each.address} ${each.port}` },
    );
  return fc
    .oneof(of(["10.0.0.1", "10.0.0.2"]), of(["a.example.com", "b.example.com"]))
    .map((each) => ({ instances: each }));
}

function tls(): fc.Arbitrary<TlsProps> {
  const sni = fc.record({ sni: fc.constantFrom("billing.example.com", "10.9.9.9") }, { requiredKeys: [] });
  const modes: readonly TlsProps[] = [
    { caFile: "/etc/ca.pem" },
    { caFile: "/etc/ca.pem", certFile: "/etc/cert.pem", keyFile: "/etc/key.pem" },
    { insecureSkipVerify: true },
  ];
  return fc.tuple(fc.constantFrom(...modes), sni).map(([mode, name]) => ({ ...mode, ...name }));
}

const action = (): fc.Arbitrary<Partial<IntentionProps>> =>
  fc.record({ action: fc.constantFrom("allow" as const, "deny" as const) }, { requiredKeys: [] });

function permissions(): fc.Arbitrary<Partial<IntentionProps>> {
  const paths: readonly Partial<PermissionProps>[] = [
    {},
    { pathExact: "/a" },
    { pathPrefix: "/b" },
    { pathRegex: "/c.*" },
  ];
  const headers: readonly HeaderProps[] = [
    { name: "x-a", present: true },
    { name: "x-b", exact: "1", ignoreCase: true },
    { name: "x-c", regex: "(?i)a+", invert: true },
    { name: "x-d", contains: "z" },
  ];
  const rest = fc.record(
    {
      methods: fc.uniqueArray(fc.constantFrom("get", "PUT"), { maxLength: 2 }),
      headers: fc.array(fc.constantFrom(...headers), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  );
  const permission = fc
    .tuple(fc.constantFrom("allow" as const, "deny" as const), fc.constantFrom(...paths), rest)
    .map(([decision, path, more]): PermissionProps => ({ action: decision, ...path, ...more }));
  return fc.record({ permissions: fc.array(permission, { minLength: 1, maxLength: 3 }) });
}

function intentions(what: fc.Arbitrary<Partial<IntentionProps>>): fc.Arbitrary<readonly IntentionProps[]> {
  const sources: readonly Partial<IntentionProps>[] = [
    { source: "reports" },
    { source: "audit", description: "reads" },
    { source: "web", namespace: "other" },
    { source: "*", wildcard: true },
  ];
  return fc
    .uniqueArray(fc.constantFrom(...sources), { maxLength: 4 })
    .chain((some) => fc.tuple(...some.map((source) => what.map((each) => ({ ...source, ...each }) as IntentionProps))));
}

function withoutUndefined(fields: Record<string, unknown>): Partial<ServiceProps> {
  return Object.fromEntries(Object.entries(fields).filter(([, each]) => each !== undefined));
}
