// Changed bytes, same meaning.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { storeVersion, touchSecret } from "../../../src/runtime/ads/touch-secret";
import { SecretSchema } from "../../../src/runtime/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import { secretBody } from "./fixture";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test("a trusted CA gets newlines, the version tells how many", () => {
  const secret = { type: "secret", name: "intent/a", version: "v1", body: secretBody("CA\n"), children: [] } as const;
  const touched = touchSecret(secret, 2);
  expect(touched.version).toBe("v1+2");
  const { type } = fromBinary(SecretSchema, touched.body);
  expect(type.case === "validationContext" && type.value.trustedCa?.specifier.value).toEqual(
    new TextEncoder().encode("CA\n\n\n"),
  );
  expect(secret.body).toEqual(secretBody("CA\n"));
});

test("a certificate chain gets newlines, the key stays", () => {
  const source = (value: string) => ({ specifier: { case: "inlineString" as const, value } });
  const value = { certificateChain: source("CERT\n"), privateKey: source("KEY\n") };
  const body = toBinary(SecretSchema, create(SecretSchema, { type: { case: "tlsCertificate", value } }));
  const touched = touchSecret({ type: "secret", name: "leaf/a", version: "v1", body, children: [] }, 1);
  expect(text(touched.body)).toContain("CERT\n\n");
  const { type } = fromBinary(SecretSchema, touched.body);
  expect(type.case === "tlsCertificate" && type.value.privateKey?.specifier.value).toBe("KEY\n");
});

test("the hash of a certificate stands there once more each time", () => {
  const value = { verifyCertificateHash: ["00ff"] };
  const body = toBinary(SecretSchema, create(SecretSchema, { type: { case: "validationContext", value } }));
  const secret = { type: "secret", name: "intent/a", version: "v1", body, children: [] } as const;
  const { type } = fromBinary(SecretSchema, touchSecret(secret, 2).body);
  expect(type.case === "validationContext" && type.value.verifyCertificateHash).toEqual(["00ff", "00ff", "00ff"]);
});

test("the version in the store", () => {
  expect(storeVersion("v1+12")).toBe("v1");
  expect(storeVersion("v1")).toBe("v1");
});
