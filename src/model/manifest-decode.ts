// Untrusted JSON → model: recognises a manifest, refuses secrets, and validates it as a declaration.

import { buildGateway } from "./build";
import type { GatewayModel } from "./gateway";
import type { Issue, Result } from "./issues";
import { MANIFEST_API, MANIFEST_API_VERSION, MANIFEST_KIND } from "./manifest-names";
import type { GatewayProps, ServiceProps } from "./props";
import { scanForSecrets } from "./secrets";
import { describe, describeText } from "./validate/describe";
import { betweenServices, IDENTITY_FIELDS, type IdentityProps, services } from "./validate/gateway";
import { isPlainObject, object, optional, type Reading, required } from "./validate/reading";

interface Manifest {
  readonly gateway: IdentityProps;
  readonly services?: readonly ServiceProps[];
}

const MANIFEST = object<Manifest>({
  gateway: required(object<IdentityProps>(IDENTITY_FIELDS)),
  services: optional(services<string>()),
});

/**
 * The model of a manifest, or every mistake in it. Services may also be written in the short forms of ServiceProps.
 * Unknown fields are tolerated, as a later v1 may add some, but not in `tls` and `intentions`: a condition that this version
 * does not know must not be dropped.
 */
export function decodeManifest(value: unknown): Result<GatewayModel<string>> {
  const foreign = foreignDocument(value);
  if (foreign !== undefined) return { ok: false, error: [foreign] };
  const secrets = scanForSecrets(value);
  const reading: Reading = { issues: [], peek: (leaf) => leaf, tolerant: true };
  const read = MANIFEST(value, "", reading);
  const props: GatewayProps | undefined = read?.gateway && { ...read.gateway, services: read.services ?? [] };
  if (props !== undefined) betweenServices<string>(props, "", reading);
  const issues = [...secrets, ...reading.issues.filter(({ path }) => !secrets.some((each) => covers(each.path, path)))];
  if (props === undefined || issues.length > 0) return { ok: false, error: issues };
  return { ok: true, value: buildGateway(props, (leaf) => leaf) };
}

/** Why this is no manifest that this version can read: then nothing else is worth saying. */
function foreignDocument(value: unknown): Issue | undefined {
  if (!isPlainObject(value)) {
    const hint = "give the JSON object that the construct or component puts out";
    return { path: "manifest", got: describe(value), allowed: "an object", hint };
  }
  const { kind, apiVersion } = value;
  if (kind !== MANIFEST_KIND) {
    return { path: "kind", got: describe(kind), allowed: MANIFEST_KIND, hint: "this is another kind of document" };
  }
  if (apiVersion === MANIFEST_API_VERSION) return undefined;
  const major = typeof apiVersion === "string" ? /^([a-z-]+)\/v([0-9]+)$/.exec(apiVersion) : null;
  const hint =
    major?.[1] === MANIFEST_API
      ? "another major version made it: run the release that made it, or deploy the declaration again with this one"
      : "the field says which release made the manifest";
  const got = typeof apiVersion === "string" ? describeText(apiVersion) : describe(apiVersion);
  return {
    path: "apiVersion",
    got: major?.[1] === MANIFEST_API ? `"${apiVersion}"` : got,
    allowed: MANIFEST_API_VERSION,
    hint,
  };
}

function covers(path: string, other: string): boolean {
  return other === path || other.startsWith(`${path}.`) || other.startsWith(`${path}[`);
}
