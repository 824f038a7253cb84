// Reads one upstream CA bundle, or one client certificate with its key, from disk.

import type { MaterialKey } from "../../snapshot/state";
import { type Parsed, parseCa, parseClient } from "./parse-material";
import { readText } from "./read-text";

/** The material, not yet verified, or why there is none; the reason names the path and never quotes content. */
export async function readMaterial(key: MaterialKey): Promise<Parsed> {
  if (key.kind === "ca") {
    const file = await readText(key.caFile);
    return "problem" in file ? file : parseCa(key.caFile, file.text);
  }
  const [cert, keyFile] = await Promise.all([readText(key.certFile), readText(key.keyFile)]);
  if ("problem" in cert) return cert;
  if ("problem" in keyFile) return keyFile;
  return parseClient({ path: key.certFile, text: cert.text }, { path: key.keyFile, text: keyFile.text });
}
