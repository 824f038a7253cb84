// The published JSON Schema says what the decoder says, as far as a schema can.

import Ajv from "ajv/dist/2020";
import fc from "fast-check";
import { makeManifest } from "../../src/model/manifest";
import schema from "../../src/model/manifest.schema.json";
import { validate } from "../../src/model/validate";
import { arbitraryProps } from "./arbitrary-props";

const matches = new Ajv({ strict: true, strictRequired: false, strictTypes: false }).compile(schema);

const service = { name: "billing", address: "10.0.0.9", port: 443, tls: { caFile: "/ca.pem" } };
const manifest = (fields: object = {}, more: object = {}) => ({
  apiVersion: "consul-terminating-gateway/v1",
  kind: "TerminatingGatewayManifest",
  gateway: { name: "egress", datacenter: "dc1" },
  services: [{ ...service, ...fields }],
  ...more,
});
const allow = (permission: object) =>
  manifest({ protocol: "http", intentions: [{ source: "web", permissions: [{ action: "allow", ...permission }] }] });

const AUTH = { existing: "workloads", method: { jwt: { subject: "egress" } } };
const login = (method: object) => manifest({}, { gateway: { name: "egress", datacenter: "dc1", auth: { method } } });

test("made manifests match", () => {
  fc.assert(
    fc.property(arbitraryProps(), (props) => {
      const model = validate<string>(props, (leaf) => leaf);
      if (!model.ok) throw new Error("the generator made an invalid declaration");
      matches(JSON.parse(JSON.stringify(makeManifest(model.value))));
      expect(matches.errors).toBeNull();
    }),
    { numRuns: 100 },
  );
});

test.each([
  ["short forms", manifest({ allowFrom: ["web"] })],
  ["a field of a later v1", manifest({}, { observability: {} })],
  [
    "options under Consul's keys",
    manifest({}, { gateway: { name: "e", datacenter: "d", proxyConfig: { connect_timeout_ms: 5 } } }),
  ],
  ["no services", manifest({}, { services: [] })],
  ["a wildcard", manifest({}, { services: [{ name: "*", wildcard: true, plaintext: true }] })],
  ["a login", manifest({}, { gateway: { name: "egress", datacenter: "dc1", auth: AUTH } })],
  ["permissions", allow({ pathExact: "/a", methods: ["GET"], headers: [{ name: "x-a", present: true }] })],
])("%s match", (_what, value) => {
  matches(value);
  expect(matches.errors).toBeNull();
});

test.each([
  ["another major", manifest({}, { apiVersion: "consul-terminating-gateway/v2" })],
  ["another kind", manifest({}, { kind: "Deployment" })],
  ["no gateway", manifest({}, { gateway: undefined })],
  ["misspelt gateway field", manifest({}, { gateway: { name: "egress", datacenter: "dc1", adress: "x" } })],
  ["misspelt service field", manifest({ protocl: "http" })],
  ["two ways to log in", login({ jwt: { subject: "a" }, awsIam: {} })],
  ["a login without a subject", login({ jwt: {} })],
  ["upper-case name", manifest({ name: "Billing" })],
  ["port 0", manifest({ port: 0 })],
  ["port 70000", manifest({ port: 70_000 })],
  ["unknown protocol", manifest({ protocol: "udp" })],
  ["tls and plaintext", manifest({ plaintext: true })],
  ["neither tls nor plaintext", manifest({ tls: undefined })],
  ["certificate without key", manifest({ tls: { caFile: "/a", certFile: "/b" } })],
  ["certificate without CA", manifest({ tls: { certFile: "/a", keyFile: "/b" } })],
  ["no CA", manifest({ tls: {} })],
  ["PEM for a path", manifest({ tls: { caFile: "-----BEGIN CERTIFICATE-----" } })],
  ["address and instances", manifest({ instances: [{ address: "10.0.0.1", port: 1 }] })],
  ["no place", manifest({ address: undefined, port: undefined })],
  [
    "unknown DNS type",
    manifest({}, { gateway: { name: "e", datacenter: "d", proxyConfig: { envoy_dns_discovery_type: "x" } } }),
  ],
  ["star unsaid", manifest({ name: "*" })],
  ["star source unsaid", manifest({ intentions: [{ source: "*" }] })],
  [
    "action and permissions",
    manifest({ intentions: [{ source: "a", action: "deny", permissions: [{ action: "deny" }] }] }),
  ],
  ["two paths", allow({ pathExact: "/a", pathPrefix: "/b" })],
  ["relative path", allow({ pathExact: "a" })],
  ["two matchers", allow({ headers: [{ name: "a", exact: "b", prefix: "c" }] })],
  ["reserved meta key", manifest({ meta: { "external-source": "x" } })],
])("%s does not match", (_what, value) => {
  expect(matches(JSON.parse(JSON.stringify(value)))).toBe(false);
});
