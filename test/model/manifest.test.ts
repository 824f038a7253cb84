// Manifests: read back as they were made, refused where they are not to be trusted.

import fc from "fast-check";
import { version } from "../../package.json";
import { formatIssue } from "../../src/model/issues";
import { canonicalJson, decodeManifest, makeManifest } from "../../src/model/manifest";
import { validate } from "../../src/model/validate";
import { VERSION } from "../../src/model/version";
import { arbitraryProps } from "./arbitrary-props";

test("VERSION is the package's", () => {
  expect(VERSION).toBe(version);
});

test("canonical JSON: keys sorted, lists kept, two spaces, one newline at the end", () => {
  const value = { b: [2, 1], a: { d: undefined, c: "x" } };
  expect(canonicalJson(value)).toBe('{\n  "a": {\n    "c": "x"\n  },\n  "b": [\n    2,\n    1\n  ]\n}\n');
});

test("what is made is read back as the same model", () => {
  fc.assert(
    fc.property(arbitraryProps(), (props) => {
      const model = validate<string>(props, (leaf) => leaf);
      if (!model.ok) throw new Error("the generator made an invalid declaration");
      const text = canonicalJson(makeManifest(model.value));
      expect(decodeManifest(JSON.parse(text))).toEqual(model);
    }),
    { numRuns: 150 },
  );
});

/** Written by hand, with the short forms. */
const manifest = (service: object = {}, more: object = {}) => ({
  apiVersion: "consul-terminating-gateway/v1",
  kind: "TerminatingGatewayManifest",
  gateway: { name: "egress", datacenter: "dc1" },
  services: [{ name: "billing", address: "10.0.0.9", port: 443, tls: { caFile: "/ca.pem" }, ...service }],
  ...more,
});

function linesOf(value: unknown): readonly string[] {
  const result = decodeManifest(value);
  return result.ok ? [] : result.error.map(formatIssue);
}

test("one written by hand gets the defaults", () => {
  expect(decodeManifest(manifest())).toMatchObject({
    ok: true,
    value: {
      bind: { address: "127.0.0.1", port: 8443 },
      services: [{ protocol: "tcp", maxConnections: 100_000, instances: [{ id: "billing", weight: 1 }] }],
    },
  });
});

test.each([
  ["a list", [], /^manifest: got a list/],
  ["another kind", manifest({}, { kind: "Deployment" }), /^kind: got "Deployment"/],
  [
    "another major",
    manifest({}, { apiVersion: "consul-terminating-gateway/v2" }),
    /^apiVersion: got "consul-terminating-gateway\/v2".*another major/,
  ],
  ["no version", manifest({}, { apiVersion: undefined }), /^apiVersion: got nothing/],
  ["no gateway", manifest({}, { gateway: undefined }), /^gateway: got nothing/],
  ["a bad port", manifest({ port: 0 }), /^services\[0\]\.port: got 0/],
  [
    "a repeated service",
    manifest({}, { services: [...manifest().services, ...manifest().services] }),
    /^services\[1\]\.name/,
  ],
  ["a reference", manifest({ address: "${consul_node.x.address}" }), /^services\[0\]\.address: got an unresolved/],
  [
    "a CDKTF token",
    manifest({ tls: { caFile: "TfToken[TOKEN.3]" } }),
    /^services\[0\]\.tls\.caFile: got an unresolved CDKTF/,
  ],
  [
    "Pulumi's text",
    manifest({ address: "Calling [toString] on an [Output<T>] is not supported." }),
    /^services\[0\]\.address: got Pulumi's text/,
  ],
  [
    "a Pulumi secret",
    manifest({
      address: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:SECRET" },
    }),
    /^services\[0\]\.address: got an encrypted Pulumi secret/,
  ],
  [
    "a private key",
    manifest({ tls: { caFile: "/a", certFile: "/b", keyFile: "-----BEGIN RSA PRIVATE KEY-----\nSECRET" } }),
    /^services\[0\]\.tls\.keyFile: got a private key/,
  ],
  [
    "a key in an unknown field",
    manifest({}, { extra: { deep: ["-----BEGIN PRIVATE KEY-----SECRET"] } }),
    /^extra\.deep\[0\]: got a private key/,
  ],
  [
    "a secret id",
    manifest({}, { consul: { token: "5c1f0a4e-9f0e-4e6e-9a3e-1f2d3c4b5a69" } }),
    /^consul\.token: got what looks like a secret id/,
  ],
  [
    "an unknown condition",
    manifest({ intentions: [{ source: "web", peer: "east" }] }),
    /^services\[0\]\.intentions\[0\]\.peer: got an unknown name/,
  ],
  ["an unknown TLS field", manifest({ tls: { caFile: "/a", pin: "x" } }), /^services\[0\]\.tls\.pin/],
])("refuses %s with one issue, and repeats no secret", (_what, value, line) => {
  const lines = linesOf(value);
  expect(lines).toEqual([expect.stringMatching(line)]);
  expect(lines.join()).not.toMatch(/SECRET|5c1f0a4e/);
});

test("fields that a later v1 may add are no mistake", () => {
  const later = manifest({ priority: 3 }, { observability: { metrics: true }, provenance: { commit: "abc" } });
  expect(linesOf(later)).toEqual([]);
});

test("reports all mistakes at once", () => {
  const lines = linesOf(manifest({ port: 0, protocol: "udp", tls: { caFile: "${x}" } }));
  expect(lines.map((line) => line.split(":")[0])).toEqual([
    "services[0].tls.caFile",
    "services[0].port",
    "services[0].protocol",
  ]);
});

test("late leaves stay what they are", () => {
  const address = { late: true };
  const props = { name: "egress", datacenter: "dc1", services: [{ name: "a", address, port: 1, plaintext: true }] };
  const peeked = validate<object>(
    { ...props, services: [{ ...props.services[0], address: { ...address, apply() {} } }] },
    () => undefined,
  );
  if (!peeked.ok) throw new Error(peeked.error.map(formatIssue).join());
  expect(makeManifest(peeked.value)).toMatchObject({ services: [{ instances: [{ address: { late: true } }] }] });
});
