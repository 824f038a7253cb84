// Names and keys of what is read from disk for upstream TLS.

import type { MaterialKey, Upstream } from "./state";

/** The key of GatewayState.materials: as unique as the paths. */
export function materialName(key: MaterialKey): string {
  return key.kind === "ca" ? `ca ${key.caFile}` : `client ${JSON.stringify([key.certFile, key.keyFile])}`;
}

/** The files that an upstream needs. A CA is not read where no certificate is verified. */
export function materialKeys(upstream: Upstream): readonly MaterialKey[] {
  if (upstream.mode === "plaintext") return [];
  const { caFile, certFile, keyFile, insecureSkipVerify } = upstream;
  return [
    ...(caFile === undefined || insecureSkipVerify ? [] : [{ kind: "ca", caFile } as const]),
    ...(certFile === undefined || keyFile === undefined ? [] : [{ kind: "client", certFile, keyFile } as const]),
  ];
}

/** `certificate file not read yet: /etc/x.pem`, as a reason to wait. */
export function notReadYet(key: MaterialKey): string {
  return key.kind === "ca"
    ? `certificate file not read yet: ${key.caFile}`
    : `certificate and key files not read yet: ${key.certFile}, ${key.keyFile}`;
}

/** A problem with the files that it is about, unless it names one of them itself. */
export function withPath(key: MaterialKey, problem: string): string {
  const paths = key.kind === "ca" ? [key.caFile] : [key.certFile, key.keyFile];
  return paths.some((path) => problem.includes(path)) ? problem : `${paths.join(", ")}: ${problem}`;
}
