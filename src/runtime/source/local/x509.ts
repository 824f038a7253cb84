// Makes X.509 certificates as Consul's own CA makes them: EC P-256 roots with a SPIFFE trust domain, and service leaves.
// The only file that knows the X.509 library, which needs reflect-metadata to be loaded before it.
import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

// The library is typed against the browser; Node's Web Crypto is the same thing.
x509.cryptoProvider.set(webcrypto as never);

const KEY = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** Certificates are valid from a minute ago, as Consul's: clocks of callers differ. */
const BACKDATE_MS = 60_000;

export interface CertPair {
  readonly certPem: string;
  readonly keyPem: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A root that can sign: its key is loaded. */
export interface Signer {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** A leaf for one SPIFFE URI, at most as long-lived as the root. */
  sign(uri: string, nowMs: number, ttlMs: number): Promise<CertPair>;
}

/** A self-signed root for `<uuid>.consul`: it may sign for that trust domain, and DNS names in it, only. */
export async function makeRoot(trustDomain: string, nowMs: number, ttlMs: number): Promise<CertPair> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const serialNumber = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString("hex");
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    // Each root has a name of its own, so that verifiers find the right one of several by name.
    name: `CN=Embedded CA ${serialNumber.slice(0, 8)} of ${trustDomain}`,
    serialNumber,
    keys,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + ttlMs),
    signingAlgorithm: KEY,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.SubjectAlternativeNameExtension([{ type: "url", value: `spiffe://${trustDomain}` }]),
      new x509.Extension(NAME_CONSTRAINTS, true, permittedDns(trustDomain)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pairOf(cert, keys.privateKey);
}

/** Throws where the PEM is not a certificate with its EC P-256 key. */
export async function loadSigner(certPem: string, keyPem: string): Promise<Signer> {
  const root = new x509.X509Certificate(certPem);
  const der = x509.PemConverter.decodeFirst(keyPem);
  const signingKey = await webcrypto.subtle.importKey("pkcs8", der, KEY, false, ["sign"]);
  const issuerKey = await root.publicKey.export(KEY, ["verify"]);
  const authorityKey = await x509.AuthorityKeyIdentifierExtension.create(issuerKey);
  return {
    notBeforeMs: root.notBefore.getTime(),
    notAfterMs: root.notAfter.getTime(),
    async sign(uri, nowMs, ttlMs) {
      const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
      const cert = await x509.X509CertificateGenerator.create({
        subject: "",
        issuer: root.subject,
        notBefore: new Date(nowMs - BACKDATE_MS),
        notAfter: new Date(Math.min(nowMs + ttlMs, root.notAfter.getTime())),
        publicKey: keys.publicKey,
        signingKey,
        signingAlgorithm: KEY,
        extensions: [
          new x509.KeyUsagesExtension(LEAF_USAGE, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
          new x509.BasicConstraintsExtension(false, undefined, true),
          await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
          authorityKey,
          // Critical because the subject is empty: RFC 5280 §4.2.1.6.
          new x509.SubjectAlternativeNameExtension([{ type: "url", value: uri }], true),
        ],
      });
      return pairOf(cert, keys.privateKey);
    },
  };
}

const LEAF_USAGE =
  x509.KeyUsageFlags.digitalSignature |
  x509.KeyUsageFlags.keyEncipherment |
  x509.KeyUsageFlags.dataEncipherment |
  x509.KeyUsageFlags.keyAgreement;

const NAME_CONSTRAINTS = "2.5.29.30";

/** DER of NameConstraints (RFC 5280 §4.2.1.10) with one permitted DNS subtree; the library has no class for it. */
function permittedDns(name: string): Uint8Array {
  const wrap = (tag: number, content: Buffer): Buffer => {
    if (content.length > 127) throw new Error("trust domain too long for the short DER length form");
    return Buffer.concat([Buffer.from([tag, content.length]), content]);
  };
  const dnsName = wrap(0x82, Buffer.from(name, "ascii"));
  return wrap(0x30, wrap(0xa0, wrap(0x30, dnsName)));
}

function pairOf(cert: x509.X509Certificate, key: webcrypto.CryptoKey): CertPair {
  return {
    certPem: `${cert.toString("pem")}\n`,
    keyPem: KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString(),
    notBeforeMs: cert.notBefore.getTime(),
    notAfterMs: cert.notAfter.getTime(),
  };
}
