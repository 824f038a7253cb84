import { generateKeyPairSync } from "node:crypto";
import type { Leaf, Material } from "../../../src/runtime/snapshot/state";
import { verifyLeaf, verifyMaterial } from "../../../src/runtime/snapshot/verify";
import { HOUR_MS, makePki, NOW_MS, type Pki, TRUST_DOMAIN } from "./support/complete";

const URI = `spiffe://${TRUST_DOMAIN}/ns/default/dc/dc1/svc/billing`;
let pki: Pki;
let foreign: Pki;
let leaf: Leaf;
let other: Leaf;
beforeAll(async () => {
  [pki, foreign] = [await makePki(), await makePki()];
  [leaf, other] = [await pki.leaf("billing"), await pki.leaf("billing")];
});

const verify = (change: Partial<Leaf>, nowMs = NOW_MS): string | undefined =>
  verifyLeaf({ ...leaf, ...change }, URI, pki.bundle, nowMs);

test("a good leaf", () => {
  expect(verify({})).toBeUndefined();
});

test.each<[string, () => string | undefined, RegExp]>([
  ["no certificate", () => verify({ certPem: "" }), /^leaf: there is no certificate$/],
  [
    "a broken certificate",
    () => verify({ certPem: leaf.certPem.replace("M", "?") }),
    /^leaf: a certificate cannot be parsed$/,
  ],
  [
    "a certificate that was cut",
    () => verify({ certPem: leaf.certPem.slice(0, 200) }),
    /^leaf: a certificate cannot be parsed$/,
  ],
  ["a broken key", () => verify({ keyPem: "no key" }), /^leaf: the private key cannot be parsed/],
  ["another key", () => verify({ keyPem: other.keyPem }), /^leaf: the private key does not belong to the certificate$/],
  ["expired", () => verify({}, NOW_MS + 2 * HOUR_MS), /^leaf: the certificate expired on 2026-01-01$/],
  ["not valid yet", () => verify({}, NOW_MS - HOUR_MS), /^leaf: not valid before 2025-12-31$/],
  [
    "another service",
    () => verifyLeaf(leaf, URI.replace("billing", "web"), pki.bundle, NOW_MS),
    /^leaf: it names URI:.*billing and not URI:.*web$/,
  ],
  ["another root", () => verifyLeaf(leaf, URI, foreign.bundle, NOW_MS), /^leaf: no trusted root signed it$/],
])("a leaf with %s", (_name, reason, text) => {
  expect(reason()).toMatch(text);
  expect(reason()).not.toContain("PRIVATE KEY");
});

describe("files", () => {
  const ca = (pem: string): Material => ({ kind: "ca", pem, notAfterMs: 0 });
  const client = (change: Partial<Leaf> = {}): Material => ({ kind: "client", ...leaf, ...change });
  const rsa = (bits: number): string =>
    generateKeyPairSync("rsa", { modulusLength: bits }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

  test.each<[string, () => Material, string | undefined]>([
    ["a CA bundle", () => ca(pki.bundle.roots.join("") + foreign.bundle.roots.join("")), undefined],
    ["a client certificate", () => client(), undefined],
    ["a bundle without a certificate", () => ca("# nothing\n"), "CA bundle: there is no certificate in it"],
    [
      "a bundle with a key",
      () => ca(leaf.certPem + leaf.keyPem),
      "CA bundle: it holds a private key; remove it from the file",
    ],
    [
      "a bundle with a broken certificate",
      () => ca(`${leaf.certPem}-----BEGIN CERTIFICATE-----\n`),
      "CA bundle: a certificate cannot be parsed",
    ],
    [
      "a client certificate with another key",
      () => client({ keyPem: other.keyPem }),
      "the private key does not belong to the certificate",
    ],
    [
      "a client certificate with a key of another kind",
      () => client({ keyPem: rsa(2048) }),
      "the private key does not belong to the certificate",
    ],
  ])("%s", (_name, material, reason) => {
    expect(verifyMaterial(material(), NOW_MS)).toBe(reason);
  });

  test("a bundle is good while one certificate in it is", async () => {
    const bundle = ca(leaf.certPem + pki.bundle.roots.join(""));
    expect(verifyMaterial(bundle, NOW_MS + 2 * HOUR_MS)).toBeUndefined();
    expect(verifyMaterial(bundle, NOW_MS + 2000 * HOUR_MS)).toMatch(
      /^CA bundle: every certificate in it has expired, the last on 2026-02-11$/,
    );
  });
});
