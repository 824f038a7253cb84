// PEM text of the files → Material. Only certificates and one private key are taken; whatever else is in a file stays there.

import { X509Certificate } from "node:crypto";
import type { Material } from "../../snapshot/state";

export type Parsed = { readonly material: Material } | { readonly problem: string };

/** A CA bundle. `notAfterMs` is when its last certificate expires: until then it may still be of use. */
export function parseCa(path: string, text: string): Parsed {
  if (blocksOf(text).some(({ label }) => label.endsWith("PRIVATE KEY"))) {
    return { problem: `${path} holds a private key, which everybody who trusts a CA may not have; remove it` };
  }
  const certificates = certificatesOf(text);
  if (certificates === undefined) return { problem: `${path} holds a certificate that cannot be parsed` };
  if (certificates.length === 0) return { problem: `${path} contains no certificate` };
  const notAfterMs = Math.max(...certificates.map(({ notAfterMs }) => notAfterMs));
  return { material: { kind: "ca", pem: join(certificates), notAfterMs } };
}

/** A client certificate, leaf first, and its key; both may be in one file. `notAfterMs` is the leaf's. */
export function parseClient(
  cert: { readonly path: string; readonly text: string },
  key: { readonly path: string; readonly text: string },
): Parsed {
  const certificates = certificatesOf(cert.text);
  if (certificates === undefined) return { problem: `${cert.path} holds a certificate that cannot be parsed` };
  const leaf = certificates[0];
  if (leaf === undefined) return { problem: `${cert.path} contains no certificate` };
  const keys = blocksOf(key.text).filter(({ label }) => label.endsWith("PRIVATE KEY"));
  const [first] = keys;
  if (first === undefined) return { problem: `${key.path} contains no private key` };
  if (keys.length > 1) return { problem: `${key.path} contains several private keys` };
  if (first.pem.includes("ENCRYPTED"))
    return { problem: `${key.path} is encrypted; store the key without a passphrase` };
  return {
    material: { kind: "client", certPem: join(certificates), keyPem: first.pem, notAfterMs: leaf.notAfterMs },
  };
}

interface Certificate {
  readonly pem: string;
  readonly notAfterMs: number;
}

/** Undefined where a block is not a certificate. */
function certificatesOf(text: string): readonly Certificate[] | undefined {
  try {
    return blocksOf(text)
      .filter(({ label }) => label === "CERTIFICATE")
      .map(({ pem }) => ({ pem, notAfterMs: Date.parse(new X509Certificate(pem).validTo) }));
  } catch {
    return undefined;
  }
}

interface Block {
  readonly label: string;
  /** From BEGIN to END with a newline after each line. */
  readonly pem: string;
}

/** The complete PEM blocks of a text, in order (RFC 7468); text around them is left out, as is a block without an end. */
function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly label: string; readonly lines: string[] } | undefined;
  for (const line of text.split(/\r?\n/).map((each) => each.trimEnd())) {
    const label = /^-----BEGIN ([A-Z0-9 ]+)-----$/.exec(line)?.[1];
    if (label !== undefined) open = { label, lines: [] };
    open?.lines.push(line);
    if (open !== undefined && line === `-----END ${open.label}-----`) {
      blocks.push({ label: open.label, pem: `${open.lines.join("\n")}\n` });
      open = undefined;
    }
  }
  return blocks;
}

function join(certificates: readonly Certificate[]): string {
  return certificates.map(({ pem }) => pem).join("");
}
