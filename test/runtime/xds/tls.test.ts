import type { JsonObject } from "@bufbuild/protobuf";
import type { Instance, Upstream } from "../../../src/runtime/snapshot/state";
import { buildService } from "../../../src/runtime/xds/build";
import type { Resource } from "../../../src/runtime/xds/resource";
import { resourceJson } from "../../support/static-bootstrap";
import { type Changes, instance, snapshot } from "./support/services";

const IP = [instance("10.0.0.9", 443)];
const HOST = [instance("db.example.com.", 443)];
const HOSTS = [instance("a.example.com", 443), instance("b.example.com", 443)];
const CA = { mode: "tls", caFile: "/ca.pem", insecureSkipVerify: false } as const;
const UNVERIFIED = { mode: "tls", insecureSkipVerify: true } as const;
const SDS = { sdsConfig: { ads: {}, initialFetchTimeout: "15s", resourceApiVersion: "V3" } };
const CA_SDS = { name: "ca//ca.pem", ...SDS };
const VERSIONS = { tlsMinimumProtocolVersion: "TLSv1_2", tlsMaximumProtocolVersion: "TLSv1_3" };

function cluster(changes: Changes): Resource {
  const built = buildService(snapshot(changes));
  if ("problem" in built) throw new Error(built.problem);
  return built.resources.find(({ name }) => name.startsWith("billing.")) as Resource;
}

function tls(upstream: Upstream, instances: readonly Instance[], config: Changes["config"] = {}): JsonObject {
  const json = resourceJson(cluster({ upstream, instances, config }));
  const { "@type": type, ...context } = (json.transportSocket as { typedConfig: JsonObject }).typedConfig;
  expect(type).toBe("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext");
  return context;
}

const named = (sanType: string, ...values: string[]): JsonObject => ({
  combinedValidationContext: {
    defaultValidationContext: { matchTypedSubjectAltNames: values.map((exact) => ({ sanType, matcher: { exact } })) },
    validationContextSdsSecretConfig: CA_SDS,
  },
});

test.each<[string, Upstream, readonly Instance[], JsonObject, JsonObject]>([
  [
    "a declared name",
    { ...CA, sni: "pay.example.com" },
    IP,
    { sni: "pay.example.com" },
    named("DNS", "pay.example.com"),
  ],
  ["a declared IP address, which cannot be sent", { ...CA, sni: "10.1.1.1" }, IP, {}, named("IP_ADDRESS", "10.1.1.1")],
  ["the hostname without its dot", CA, HOST, { sni: "db.example.com" }, named("DNS", "db.example.com")],
  ["the IP addresses", CA, [...IP, instance("10.0.0.10", 443)], {}, named("IP_ADDRESS", "10.0.0.10", "10.0.0.9")],
  [
    "an IPv6 address in the form that Envoy prints",
    CA,
    [instance("2001:DB8:0::1", 443)],
    {},
    named("IP_ADDRESS", "2001:db8::1"),
  ],
  [
    "several hostnames, each its own",
    CA,
    HOSTS,
    { autoHostSni: true, autoSniSanValidation: true },
    { validationContextSdsSecretConfig: CA_SDS },
  ],
  ["no instance: no name will do", CA, [], {}, named("DNS", "nobody is expected")],
  [
    "unverified",
    UNVERIFIED,
    HOST,
    { sni: "db.example.com" },
    { validationContext: { trustChainVerification: "ACCEPT_UNTRUSTED" } },
  ],
  [
    "unverified, several hostnames",
    UNVERIFIED,
    HOSTS,
    { autoHostSni: true },
    { validationContext: { trustChainVerification: "ACCEPT_UNTRUSTED" } },
  ],
])("%s", (_name, upstream, instances, identity, validation) => {
  expect(tls(upstream, instances)).toEqual({ ...identity, commonTlsContext: { tlsParams: VERSIONS, ...validation } });
});

test("a client certificate and HTTP/2", () => {
  const client = { ...CA, sni: "a.b", certFile: "/c.pem", keyFile: "/k.pem" };
  expect(tls(client, IP, { protocol: "grpc" })).toEqual({
    sni: "a.b",
    commonTlsContext: {
      tlsParams: VERSIONS,
      tlsCertificateSdsSecretConfigs: [{ name: "client//c.pem+/k.pem", ...SDS }],
      alpnProtocols: ["h2"],
      ...named("DNS", "a.b"),
    },
  });
  expect(cluster({ upstream: client }).children).toEqual([
    { type: "endpoint", name: "billing.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul" },
    { type: "secret", name: "client//c.pem+/k.pem" },
    { type: "secret", name: "ca//ca.pem" },
  ]);
});

test("plaintext has no socket", () => {
  expect(resourceJson(cluster({}))).not.toHaveProperty("transportSocket");
});

test("TLS that trusts nobody in particular is refused", () => {
  expect(buildService(snapshot({ upstream: { mode: "tls", insecureSkipVerify: false } }))).toEqual({
    problem:
      "cannot be built: TLS without a CA file: name the CAs to trust, or say that no certificate is to be verified",
  });
});
