// The `mesh` config entry → what callers' TLS must be. Whatever would be weaker than what holds without it is left out, with
// the reason. Pure.

import { describe } from "../../model/validate/describe";
import { isPlainObject } from "../../model/validate/reading";
import type { CallerTls } from "../snapshot/listening";
import type { Said } from "./layers";

type Version = CallerTls["minimum"];

const VERSIONS: Readonly<Record<string, Version>> = { TLSv1_2: "1.2", TLSv1_3: "1.3" };
/** As Consul writes it for "whatever is the default"; no key at all means the same. */
const AUTO = ["", "TLS_AUTO"];

/**
 * Consul's names of cipher suites → Envoy's. Those of Envoy's own defaults, which have forward secrecy and authenticated
 * encryption; of the others none is as strong.
 */
const CIPHERS: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
};

export interface MeshOptions {
  /** Absent: what holds without a mesh entry. */
  readonly tls?: CallerTls;
  readonly said: readonly Said[];
}

/** @param mesh body of the entry; {} where there is none */
export function meshOptions(mesh: Readonly<Record<string, unknown>>): MeshOptions {
  const said: Said[] = [];
  const say = (path: string, got: string, allowed: string, hint: string, level: Said["level"] = "warn"): void => {
    said.push({ level, path: `mesh.${path}`, got, allowed, hint });
  };
  const { TLSMinVersion, TLSMaxVersion, CipherSuites } = part(mesh, "TLS", "Incoming");
  const at = "TLS.Incoming.";
  const floor = "TLSv1_2, TLSv1_3 or TLS_AUTO";
  let minimum = versionOf(TLSMinVersion);
  let maximum = versionOf(TLSMaxVersion);
  if (minimum === "unknown") {
    say(`${at}TLSMinVersion`, describe(TLSMinVersion), floor, "older versions are never spoken: 1.2 is the least");
    minimum = undefined;
  }
  if (maximum === "unknown") {
    say(`${at}TLSMaxVersion`, describe(TLSMaxVersion), floor, "older versions are never spoken: 1.3 is the most");
    maximum = undefined;
  }
  if (minimum === "1.3" && maximum === "1.2") {
    say(`${at}TLSMaxVersion`, "a version below TLSMinVersion", "TLSv1_3", "nobody could connect: the minimum counts");
    maximum = undefined;
  }
  const names = Array.isArray(CipherSuites) ? CipherSuites.map(String) : [];
  const ciphers = names.flatMap((name) => CIPHERS[name] ?? []);
  if (ciphers.length < names.length) {
    const left = names.filter((name) => CIPHERS[name] === undefined).join(", ");
    const hint = ciphers.length > 0 ? "the others of the list count" : "Envoy's own list counts";
    say(`${at}CipherSuites`, left.slice(0, 200), Object.keys(CIPHERS).join(", "), hint);
  }
  notTaken(mesh, say);
  const isSet = minimum !== undefined || maximum !== undefined || ciphers.length > 0;
  const tls: CallerTls = { minimum: minimum ?? "1.2", maximum: maximum ?? "1.3", ciphers };
  return { said, ...(isSet ? { tls } : {}) };
}

type Say = (path: string, got: string, allowed: string, hint: string, level?: Said["level"]) => void;

/** Settings that would weaken what the gateway does for every HTTP service, or that it has stricter anyway. */
function notTaken(mesh: Readonly<Record<string, unknown>>, say: Say): void {
  if (mesh.AllowEnablingPermissiveMutualTLS === true) {
    const hint = "every caller needs a certificate of the mesh, whatever the mode of its service";
    say("AllowEnablingPermissiveMutualTLS", "true", "false", hint);
  }
  const http = part(mesh, "HTTP", "Incoming", "RequestNormalization");
  const at = "HTTP.Incoming.RequestNormalization.";
  if (http.InsecureDisablePathNormalization === true) {
    const hint =
      "paths are normalised before intentions are judged, always: without it, /x/../admin passes a deny of /admin";
    say(`${at}InsecureDisablePathNormalization`, "true", "false", hint);
  }
  const fixed = { PathWithEscapedSlashesAction: "REJECT_REQUEST", HeadersWithUnderscoresAction: "REJECT_REQUEST" };
  for (const [key, ours] of Object.entries(fixed)) {
    const value = http[key];
    if (value === undefined || value === "" || value === ours) continue;
    say(`${at}${key}`, describe(value), ours, "the gateway rejects such requests, always", "info");
  }
}

function versionOf(value: unknown): Version | "unknown" | undefined {
  if (value === undefined || value === null || AUTO.includes(String(value))) return undefined;
  return VERSIONS[String(value)] ?? "unknown";
}

function part(value: Readonly<Record<string, unknown>>, ...keys: readonly string[]): Readonly<Record<string, unknown>> {
  let at: unknown = value;
  for (const key of keys) at = isPlainObject(at) ? at[key] : undefined;
  return isPlainObject(at) ? at : {};
}
