// The mesh entry: TLS of callers with a floor, and what is not taken from it.
import { meshOptions } from "../../../src/runtime/options/mesh";

const incoming = (fields: object) => meshOptions({ TLS: { Incoming: fields } });

test.each([
  [{}, undefined],
  [{ TLSMinVersion: "TLS_AUTO", TLSMaxVersion: "" }, undefined],
  [{ TLSMinVersion: "TLSv1_3" }, { minimum: "1.3", maximum: "1.3", ciphers: [] }],
  [{ TLSMinVersion: "TLSv1_2" }, { minimum: "1.2", maximum: "1.3", ciphers: [] }],
  [{ TLSMaxVersion: "TLSv1_2" }, { minimum: "1.2", maximum: "1.2", ciphers: [] }],
  [
    { CipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"] },
    { minimum: "1.2", maximum: "1.3", ciphers: ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"] },
  ],
])("%j is %j", (fields, tls) => {
  expect(incoming(fields)).toEqual({ said: [], ...(tls === undefined ? {} : { tls }) });
});

test.each([
  [{ TLSMinVersion: "TLSv1_0" }, undefined, "mesh.TLS.Incoming.TLSMinVersion"],
  [{ TLSMinVersion: "TLSv1_1" }, undefined, "mesh.TLS.Incoming.TLSMinVersion"],
  [{ TLSMaxVersion: "TLSv1_1" }, undefined, "mesh.TLS.Incoming.TLSMaxVersion"],
  [
    { TLSMinVersion: "TLSv1_3", TLSMaxVersion: "TLSv1_2" },
    { minimum: "1.3", maximum: "1.3", ciphers: [] },
    "mesh.TLS.Incoming.TLSMaxVersion",
  ],
  [{ CipherSuites: ["TLS_RSA_WITH_AES_128_GCM_SHA256"] }, undefined, "mesh.TLS.Incoming.CipherSuites"],
  [
    { CipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"] },
    { minimum: "1.2", maximum: "1.3", ciphers: ["ECDHE-ECDSA-AES128-GCM-SHA256"] },
    "mesh.TLS.Incoming.CipherSuites",
  ],
])("%j lowers nothing: %j", (fields, tls, path) => {
  const options = incoming(fields);
  expect(options.tls).toEqual(tls);
  expect(options.said.map((each) => `${each.level} ${each.path}`)).toEqual([`warn ${path}`]);
});

test("an absent entry says nothing, and Outgoing is not the gateway's", () => {
  expect(meshOptions({})).toEqual({ said: [] });
  expect(meshOptions({ TLS: { Outgoing: { TLSMinVersion: "TLSv1_3" } } })).toEqual({ said: [] });
});

test("settings that would weaken every HTTP service are told and not taken", () => {
  const RequestNormalization = {
    ...{ InsecureDisablePathNormalization: true, MergeSlashes: true },
    ...{ PathWithEscapedSlashesAction: "UNESCAPE_AND_FORWARD", HeadersWithUnderscoresAction: "ALLOW" },
  };
  const { said, tls } = meshOptions({
    AllowEnablingPermissiveMutualTLS: true,
    HTTP: { SanitizeXForwardedClientCert: true, Incoming: { RequestNormalization } },
  });
  expect(tls).toBeUndefined();
  expect(said.map(({ level, path }) => `${level} ${path}`)).toEqual([
    "warn mesh.AllowEnablingPermissiveMutualTLS",
    "warn mesh.HTTP.Incoming.RequestNormalization.InsecureDisablePathNormalization",
    "info mesh.HTTP.Incoming.RequestNormalization.PathWithEscapedSlashesAction",
    "info mesh.HTTP.Incoming.RequestNormalization.HeadersWithUnderscoresAction",
  ]);
});
