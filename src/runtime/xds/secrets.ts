// SDS secrets: a service's leaf, whom its handshake admits, and what is read from disk for upstream TLS.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Material, MaterialKey, ServiceSnapshot } from "../snapshot/state";
import { allowedUris } from "./allow-list";
import {
  SubjectAltNameMatcher_SanType as SanType,
  type SubjectAltNameMatcherSchema,
} from "./gen/lean/envoy/extensions/transport_sockets/tls/v3/common_pb";
import { SecretSchema } from "./gen/lean/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import type { StringMatcherSchema } from "./gen/lean/envoy/type/matcher/v3/string_pb";
import { materialSecret, type ServiceNames } from "./names";
import { makeResource } from "./pack";
import type { Resource } from "./resource";
import { shortKey } from "./short-key";

type San = MessageInitShape<typeof SubjectAltNameMatcherSchema>;
type Match = MessageInitShape<typeof StringMatcherSchema>;

/**
 * Nobody is admitted: no certificate has this SHA-256. It names no root, which is most of what the secret otherwise holds; an empty
 * list of names would admit anybody whom the roots vouch for.
 */
const NOBODY = { verifyCertificateHash: ["0".repeat(64)] };

export function leafSecret({ leaf }: ServiceSnapshot, names: ServiceNames): Resource {
  return pairSecret(names.leaf, { certPem: leaf.certPem, keyPem: shortKey(leaf.keyPem) });
}

/**
 * The mesh's roots and whom they admit. For a TCP service exactly the allowed callers: RBAC judges the first byte of a
 * caller, which is after a server that speaks first has spoken. For HTTP any identity of the trust domain: RBAC judges
 * each request and answers 403, as callers expect.
 */
export function intentSecret(snapshot: ServiceSnapshot, names: ServiceNames): Resource {
  const { trust, config, intentions } = snapshot;
  const admitted =
    config.protocol === "tcp"
      ? allowedUris(intentions, names.full, trust.trustDomain).map(regex)
      : [{ matchPattern: { case: "prefix", value: `spiffe://${trust.trustDomain}/` } } satisfies Match];
  const matchTypedSubjectAltNames = admitted.map((matcher): San => ({ sanType: SanType.URI, matcher }));
  return secret(names.intent, {
    case: "validationContext",
    value: admitted.length === 0 ? NOBODY : { trustedCa: inline(trust.roots.join("")), matchTypedSubjectAltNames },
  });
}

export function materialSecretOf(key: MaterialKey, material: Material): Resource {
  const name = materialSecret(key);
  if (material.kind === "client") return pairSecret(name, material);
  return secret(name, { case: "validationContext", value: { trustedCa: inline(material.pem) } });
}

function pairSecret(name: string, pair: { readonly certPem: string; readonly keyPem: string }): Resource {
  return secret(name, {
    case: "tlsCertificate",
    value: { certificateChain: inline(pair.certPem), privateKey: inline(pair.keyPem) },
  });
}

function secret(name: string, type: MessageInitShape<typeof SecretSchema>["type"] & object): Resource {
  return makeResource("secret", SecretSchema, { name, type }, { name });
}

function inline(text: string): { specifier: { case: "inlineString"; value: string } } {
  return { specifier: { case: "inlineString", value: text } };
}

/** The engine is RE2: Envoy has no other, and naming it is deprecated. */
function regex(value: string): Match {
  return { matchPattern: { case: "safeRegex", value: { regex: value } } };
}
