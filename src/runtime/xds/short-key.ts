// A leaf's private key in its shortest PEM: of a P-256 key as Consul and the embedded CA write it, more than half is the
// public key, which the certificate beside it holds and Envoy works out.

const D_BYTES = 32;
/** Public key, uncompressed, behind the headers that end `before` and `after` below. */
const PUBLIC_BYTES = 65;
const P256 = "a00a06082a8648ce3d030107";

/** DER of the two forms of RFC 5915, as hexadecimal around the private value: plain, and inside PKCS #8. */
const FORMS = [
  { label: "EC PRIVATE KEY", before: "30770201010420", after: `${P256}a144034200` },
  {
    label: "PRIVATE KEY",
    before: "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420",
    after: "a144034200",
  },
] as const;

/** The same key without its public part (optional in RFC 5915), or the text as it is where it is anything else. */
export function shortKey(pem: string): string {
  const [, label, base64 = ""] = /^\s*-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/.exec(pem) ?? [];
  const der = Buffer.from(base64, "base64").toString("hex");
  for (const { label: of, before, after } of FORMS) {
    const end = before.length + 2 * D_BYTES;
    const size = end + after.length + 2 * PUBLIC_BYTES;
    if (label !== of || der.length !== size || !der.startsWith(before) || !der.startsWith(after, end)) continue;
    const short = Buffer.from(`30310201010420${der.slice(before.length, end)}${P256}`, "hex").toString("base64");
    return `-----BEGIN EC PRIVATE KEY-----\n${short.slice(0, 64)}\n${short.slice(64)}\n-----END EC PRIVATE KEY-----\n`;
  }
  return pem;
}
