// Certificates and keys are checked before they are published: a secret that Envoy refuses stays its current one and
// blocks later updates of whoever uses it. Reasons never quote a key.

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Leaf, Material, TrustBundle } from "./state";

/** Why a leaf cannot be published, or undefined when it can: PEM, key, dates, its one URI, and a trusted root. */
export function verifyLeaf(leaf: Leaf, uri: string, trust: TrustBundle, nowMs: number): string | undefined {
  const pair = readPair(leaf.certPem, leaf.keyPem, nowMs);
  if (typeof pair === "string") return `leaf: ${pair}`;
  const [certificate, ...intermediates] = pair;
  const names = certificate.subjectAltName ?? "nobody";
  const uris = names.split(", ").filter((name) => name.startsWith("URI:"));
  if (uris.length !== 1 || uris[0] !== `URI:${uri}`) return `leaf: it names ${names} and not URI:${uri}`;
  if (!isIssuedBy(certificate, intermediates, rootsOf(trust))) return "leaf: no trusted root signed it";
  return undefined;
}

/** Why a file's content cannot be published, or undefined when it can. */
export function verifyMaterial(material: Material, nowMs: number): string | undefined {
  if (material.kind === "client") {
    const pair = readPair(material.certPem, material.keyPem, nowMs);
    return typeof pair === "string" ? pair : undefined;
  }
  if (material.pem.includes("PRIVATE KEY-----")) return "CA bundle: it holds a private key; remove it from the file";
  const certificates = readChain(material.pem);
  if (certificates === undefined) return "CA bundle: a certificate cannot be parsed";
  if (certificates.length === 0) return "CA bundle: there is no certificate in it";
  if (certificates.every((each) => Date.parse(each.validTo) <= nowMs)) {
    return `CA bundle: every certificate in it has expired, the last on ${lastDay(certificates)}`;
  }
  return undefined;
}

type Chain = readonly [X509Certificate, ...X509Certificate[]];

function readPair(certPem: string, keyPem: string, nowMs: number): Chain | string {
  const certificates = readChain(certPem);
  if (certificates === undefined) return "a certificate cannot be parsed";
  const [certificate, ...rest] = certificates;
  if (certificate === undefined) return "there is no certificate";
  const key = readKey(keyPem);
  if (key === undefined) return "the private key cannot be parsed, or needs a passphrase";
  if (!certificate.checkPrivateKey(key)) return "the private key does not belong to the certificate";
  if (Date.parse(certificate.validTo) <= nowMs) return `the certificate expired on ${day(certificate.validTo)}`;
  if (Date.parse(certificate.validFrom) > nowMs) return `not valid before ${day(certificate.validFrom)}`;
  const weakness = weaknessOf(key);
  return weakness ?? [certificate, ...rest];
}

/** What Envoy refuses in a certificate that it is to present: see its TLS context's own messages. */
function weaknessOf(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa") {
    const bits = details?.modulusLength ?? 0;
    return bits >= 2048 ? undefined : `an RSA key of ${bits} bits; Envoy needs 2048 or more`;
  }
  if (type === "ec") {
    const curve = details?.namedCurve ?? "unknown";
    if (["prime256v1", "secp384r1", "secp521r1"].includes(curve)) return undefined;
    return `an EC key on the curve ${curve}; Envoy needs P-256, P-384 or P-521`;
  }
  return `a key of type ${type ?? "unknown"}; Envoy needs RSA or EC`;
}

/** All certificates of a PEM text in order; undefined when one cannot be parsed. */
function readChain(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length !== (pem.match(/-----BEGIN /g) ?? []).length) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

/** Roots are parsed once per bundle: thousands of leaves are checked against the same one. */
const parsedRoots = new WeakMap<TrustBundle, readonly X509Certificate[]>();

function rootsOf(trust: TrustBundle): readonly X509Certificate[] {
  const known = parsedRoots.get(trust);
  if (known !== undefined) return known;
  const roots = trust.roots.flatMap((pem) => readChain(pem) ?? []);
  parsedRoots.set(trust, roots);
  return roots;
}

/** Follows the chain that came with the leaf up to a trusted root; each certificate is used once at most. */
function isIssuedBy(
  certificate: X509Certificate,
  chain: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): boolean {
  const signed = (issuer: X509Certificate): boolean =>
    certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  if (roots.some(signed)) return true;
  return chain.some((issuer) => {
    const rest = chain.filter((each) => each !== issuer);
    return signed(issuer) && isIssuedBy(issuer, rest, roots);
  });
}

function day(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}

function lastDay(certificates: readonly X509Certificate[]): string {
  return new Date(Math.max(...certificates.map((each) => Date.parse(each.validTo)))).toISOString().slice(0, 10);
}
