// PGP by a real implementation: key pairs, what the Consul provider encrypts, and what their owner reads of it.

import { execFileSync } from "node:child_process";
import { realPgp } from "../real-parts";

export interface PgpPair {
  /** Binary in base64, as a declaration has it. */
  readonly publicKey: string;
  /** The same of the other half. */
  readonly privateKey: string;
}

/** `ecc`: as today's gpg makes keys without being asked. */
export function makePair(kind: "rsa" | "ecc"): PgpPair {
  const [publicKey = "", privateKey = ""] = pgp(["generate", kind], "").trim().split("\n");
  return { publicKey, privateKey };
}

/** Base64. @throws Error in the provider's own words where it cannot use the key */
export function encryptTo(publicKey: string, text: string): string {
  return pgp(["encrypt", publicKey], text).trim();
}

/** @param encrypted base64 */
export function decryptBy({ privateKey }: PgpPair, encrypted: string): string {
  return pgp(["decrypt", privateKey], encrypted);
}

let binary: string | undefined;

function pgp(args: readonly string[], input: string): string {
  binary ??= realPgp();
  if (binary === undefined) throw new Error("PGP needs a real part");
  try {
    return execFileSync(binary, args, { encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], input, timeout: 10_000 });
  } catch (error) {
    // Neither the key nor the text, which the error of a failed command tells.
    throw new Error(String((error as { readonly stderr?: string }).stderr).trim());
  }
}
