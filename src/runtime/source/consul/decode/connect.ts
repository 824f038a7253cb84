// JSON of the mesh CA → trust bundle, its signers, and leaf certificates.

import type { TrustBundle } from "../../../snapshot/state";
import { DecodeError, readFlag, readList, readObject, readText, readWhole } from "./reading";

export interface Roots {
  /** Every root, the active one first. */
  readonly bundle: TrustBundle;
  /** Certificates that may sign leaves now: the active root and its intermediates; PEM. */
  readonly signers: readonly string[];
}

export interface DecodedLeaf {
  readonly certPem: string;
  readonly keyPem: string;
  /** SPIFFE URI that the server says the certificate has. */
  readonly uri: string;
  /** Of this leaf on this server. */
  readonly index: number;
}

/** GET /v1/connect/ca/roots. Throws where there is no active root: a CA that has not started. */
export function decodeRoots(body: unknown): Roots {
  const fields = readObject(body, "roots");
  const roots = readList(fields.Roots, "roots.Roots", (item, path) => {
    const root = readObject(item, path);
    return {
      active: readFlag(root, "Active", path, false),
      pem: endLine(readText(root, "RootCert", path)),
      intermediates: readList(root.IntermediateCerts, `${path}.IntermediateCerts`, readPem),
    };
  });
  const active = roots.find((root) => root.active);
  if (active === undefined) throw new DecodeError("roots.Roots", "active root");
  const pems = [active, ...roots.filter((root) => root !== active)].map((root) => root.pem);
  return {
    bundle: { trustDomain: readText(fields, "TrustDomain", "roots"), roots: pems },
    signers: [active.pem, ...active.intermediates],
  };
}

/** GET /v1/agent/connect/ca/leaf/<service>. */
export function decodeLeaf(body: unknown): DecodedLeaf {
  const fields = readObject(body, "leaf");
  return {
    certPem: endLine(readText(fields, "CertPEM", "leaf")),
    keyPem: endLine(readText(fields, "PrivateKeyPEM", "leaf")),
    uri: readText(fields, "ServiceURI", "leaf"),
    index: readWhole(fields, "ModifyIndex", "leaf"),
  };
}

function readPem(item: unknown, path: string): string {
  if (typeof item !== "string") throw new DecodeError(path, "certificate");
  return endLine(item);
}

function endLine(pem: string): string {
  return `${pem.trimEnd()}\n`;
}
