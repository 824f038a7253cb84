// The external world's own PKI for the demo and the traffic tests: private CAs, server and client certificates.
// It has nothing to do with the mesh CA; a real company's CA would stand here.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as never);
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;

export interface Pair {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface PrivateCa {
  readonly caPem: string;
  /** A server certificate for these DNS names or IP addresses. */
  server(...names: string[]): Promise<Pair>;
  /** A client certificate with this common name. */
  client(commonName: string): Promise<Pair>;
  /** A certificate with one URI name, as mesh leaves have: for callers of a foreign CA. */
  spiffe(uri: string): Promise<Pair>;
}

const isIp = (name: string): boolean => /^[0-9.]+$|:/.test(name);

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

export async function makeCa(commonName: string): Promise<PrivateCa> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(Date.now() + 30 * DAY_MS);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const issue = async (subject: string, usage: x509.ExtendedKeyUsage, names: x509.JsonGeneralNames): Promise<Pair> => {
    const own = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    const cert = await x509.X509CertificateGenerator.create({
      subject,
      issuer: root.subject,
      notBefore,
      notAfter,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    return { certPem: `${cert.toString("pem")}\n`, keyPem: `${await pemOf(own.privateKey)}\n` };
  };
  return {
    caPem: `${root.toString("pem")}\n`,
    server: (...names) =>
      issue(
        `CN=${names[0]}`,
        x509.ExtendedKeyUsage.serverAuth,
        names.map((value) => ({ type: isIp(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
    client: (commonName) => issue(`CN=${commonName}`, x509.ExtendedKeyUsage.clientAuth, []),
    spiffe: (uri) => issue("", x509.ExtendedKeyUsage.clientAuth, [{ type: "url", value: uri }]),
  };
}
