// Judges a leaf certificate as Consul gave it: until when it is good, and whether the CA of now signed it.

import { type KeyObject, X509Certificate } from "node:crypto";
import { ConsulError } from "./errors";

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

export interface CheckedLeaf {
  /** Milliseconds since 1970. */
  readonly notAfterMs: number;
  readonly serial: string;
}

/** Reads the first certificate of a chain. Throws ConsulError where it is none, or already expired. */
export function checkLeaf(certPem: string, nowMs: number): CheckedLeaf {
  const cert = parse(certPem);
  const notAfterMs = Date.parse(cert.validTo);
  if (!(notAfterMs > nowMs)) throw new ConsulError("rejected", `Consul gave a leaf that expired on ${cert.validTo}`);
  return { notAfterMs, serial: cert.serialNumber };
}

/** Whether one of these certificates' keys signed the leaf, or an intermediate that the chain leads to. */
export function isSignedBy(chainPem: string, signers: readonly string[]): boolean {
  const keys = keysOf(signers);
  const chain = chainPem.match(PEM)?.map(parse) ?? [];
  for (const [at, cert] of chain.entries()) {
    if (keys.some((key) => cert.verify(key))) return true;
    const next = chain[at + 1];
    if (next === undefined || !cert.verify(next.publicKey)) return false;
  }
  return false;
}

/** Parsed once per list: thousands of leaves are compared with the same one. */
const parsed = new WeakMap<readonly string[], readonly KeyObject[]>();

function keysOf(signers: readonly string[]): readonly KeyObject[] {
  const keys = parsed.get(signers) ?? signers.map((signer) => parse(signer).publicKey);
  parsed.set(signers, keys);
  return keys;
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ConsulError("malformed", "Consul gave a certificate that is none");
  }
}
