// Fields and rules of TLS towards an external service.

import type { TlsProps } from "../props";
import { type Check, type Draft, isRefused, join, object, optional, type Reading, report } from "./reading";
import { bool, FILE, HOST, leaf } from "./scalars";

const PAIR = { certFile: "keyFile", keyFile: "certFile" } as const;

/** What Consul refuses on write, and what would send data to somebody unverified. */
function tlsRules<S>(draft: Draft<TlsProps<S>>, path: string, reading: Reading, given: ReadonlySet<string>): void {
  const has = (key: keyof TlsProps): boolean => given.has(key);
  for (const [one, other] of Object.entries(PAIR) as [keyof TlsProps, keyof TlsProps][]) {
    if (has(one) && !has(other)) {
      const hint = `add ${other}, or remove ${one} for one-way TLS`;
      report(reading, { path: join(path, other), got: "nothing", allowed: `a file, as ${one} is given`, hint });
    }
  }
  const isMutual = has("certFile") || has("keyFile");
  const skips = draft.insecureSkipVerify === true;
  if (!has("caFile") && isMutual) {
    const hint = "name the CAs of the external service; Consul refuses a client certificate without them";
    report(reading, { path: join(path, "caFile"), got: "nothing", allowed: "a file, as a certificate is given", hint });
  } else if (!has("caFile") && !skips && !isRefused(reading, join(path, "insecureSkipVerify"))) {
    const hint = "for public CAs take the system's bundle, often /etc/ssl/certs/ca-certificates.crt";
    report(reading, {
      path: join(path, "caFile"),
      got: "nothing",
      allowed: "a file, or insecureSkipVerify: true",
      hint,
    });
  } else if (has("caFile") && !isMutual && skips) {
    const hint = "remove insecureSkipVerify to verify the certificate, or caFile to accept any";
    const allowed = "one of caFile and insecureSkipVerify";
    report(reading, { path: join(path, "insecureSkipVerify"), got: "true together with caFile", allowed, hint });
  }
}

export function tls<S>(): Check<TlsProps<S>> {
  return object<TlsProps<S>>(
    {
      caFile: optional(leaf<S>(FILE)),
      certFile: optional(leaf<S>(FILE)),
      keyFile: optional(leaf<S>(FILE)),
      sni: optional(leaf<S>(HOST)),
      insecureSkipVerify: optional(bool),
    },
    { rules: tlsRules, strict: true },
  );
}
