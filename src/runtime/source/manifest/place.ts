// Flags and environment → where the manifest is: on disk, in Consul's KV store, or nowhere. Pure.

import type { Issue } from "../../../model/issues";

export interface ManifestFlags {
  readonly manifest?: string;
  readonly manifestKv?: string;
}

/** At most one of the two. */
export interface ManifestPlace {
  readonly manifest?: string;
  readonly manifestKv?: string;
}

const FLAG = "--manifest-kv";
const VARIABLE = "CONSUL_TGW_MANIFEST_KV";

/** Where the manifest is; a flag wins over the environment. `onConsul`: whether there is a server to ask. */
export function parseManifestFlags(
  flags: ManifestFlags,
  env: Readonly<Record<string, string | undefined>>,
  onConsul: boolean,
): { readonly place: ManifestPlace; readonly issues: readonly Issue[] } {
  const given = flags.manifest !== undefined || flags.manifestKv !== undefined;
  const path = given ? flags.manifest : env.CONSUL_TGW_MANIFEST;
  const key = given ? flags.manifestKv : env[VARIABLE] || undefined;
  const from = flags.manifestKv === undefined ? VARIABLE : FLAG;
  const issues: Issue[] = [];
  if (key !== undefined && !onConsul) {
    const hint = "pass --consul-addr, or the manifest as a file with --manifest";
    const allowed = "together with --consul-addr or CONSUL_HTTP_ADDR";
    issues.push({ path: from, got: "no Consul server", allowed, hint });
  }
  if (key !== undefined && path !== undefined) {
    const hint = "a manifest is in one place: leave one of them out";
    issues.push({ path: from, got: "a manifest on disk as well", allowed: "one manifest", hint });
  }
  if (key !== undefined && !isKey(key)) {
    const hint = "as consul-terminating-gateway/egress";
    issues.push({ path: from, got: JSON.stringify(key), allowed: "a key of Consul's KV store", hint });
  }
  const place = {
    ...(path === undefined ? {} : { manifest: path }),
    ...(key === undefined ? {} : { manifestKv: key }),
  };
  return { place, issues };
}

/** A key that begins with a slash is another key to Consul, and hard to see. */
function isKey(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /^[^/\u0000-\u0020\u007f][^\u0000-\u001f\u007f]{0,511}$/.test(text) && !text.endsWith("/");
}
