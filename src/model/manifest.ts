// Model → manifest: the versioned, secret-free JSON that the runtime boots from. It is the declaration with every default
// spelled out, so one reader serves both, and the runtime does not depend on another version's defaults.

import { authMethodName } from "./acl-names";
import { asExisting } from "./auth";
import type { GatewayModel, HeaderMatch, Intention, Permission, ServiceModel } from "./gateway";
import { given } from "./given";
import { MANIFEST_API, MANIFEST_API_VERSION, MANIFEST_KIND } from "./manifest-names";
import type { PlanJson } from "./plan-types";
import { VERSION } from "./version";

export { canonicalJson } from "./canonical-json";
export { decodeManifest } from "./manifest-decode";
export { MANIFEST_API_VERSION, MANIFEST_KIND } from "./manifest-names";

type Json<S> = { readonly [key: string]: PlanJson<S> };

/**
 * The manifest of a model. Leaves that are late stay what they are: the engine's own JSON function makes text of them.
 * No engine name, time or hash in it: the same declaration gives the same bytes from everywhere (canonicalJson()).
 */
export function makeManifest<S>(model: GatewayModel<S>): Json<S> {
  const { name, datacenter, namespace, partition, bind, defaultIntention, acl, auth, meta, delivery, proxyConfig } =
    model;
  return {
    apiVersion: MANIFEST_API_VERSION,
    kind: MANIFEST_KIND,
    gateway: {
      name,
      datacenter,
      ...given({ namespace, partition }),
      bind: { address: bind.address, port: bind.port, ...given({ allowPublic: bind.allowPublic }) },
      defaultIntention,
      acl: {
        ...{ enabled: acl.enabled, token: acl.token, ...filled({ replicas: acl.replicas }) },
        ...given({ replicaPrefix: acl.replicaPrefix }),
      },
      ...(auth === undefined ? {} : { auth: asExisting(auth, authMethodName(model)) as unknown as Json<never> }),
      ...filled({ meta }),
      ...(delivery === "file" ? {} : { delivery }),
      ...(proxyConfig === undefined ? {} : { proxyConfig: proxyConfig as Json<never> }),
    },
    services: model.services.map(encodeService),
    provenance: { package: MANIFEST_API, version: VERSION },
  };
}

function encodeService<S>(service: ServiceModel<S>): Json<S> {
  const { name, namespace, protocol, upstream, disableAutoHostRewrite, onRevoke, meta, tags } = service;
  return {
    name,
    ...given({ namespace }),
    ...(name === "*" ? { wildcard: true } : {}),
    protocol,
    ...filled({
      instances: service.instances.map(
        ({ id, node, address, port, weight }): Json<S> => ({ id, node, address, port, weight }),
      ),
    }),
    ...(upstream.mode === "plaintext" ? { plaintext: true } : { tls: encodeTls(upstream) }),
    disableAutoHostRewrite,
    ...filled({ intentions: service.intentions.map(encodeIntention) }),
    limits: { maxConnections: service.maxConnections },
    timeouts: {
      connectMs: service.connectTimeoutMs,
      requestMs: service.requestTimeoutMs,
      idleMs: service.idleTimeoutMs,
    },
    onRevoke,
    ...filled({ meta, tags }),
  };
}

function encodeTls<S>(upstream: Extract<ServiceModel<S>["upstream"], { mode: "tls" }>): Json<S> {
  const { caFile, certFile, keyFile, sni, insecureSkipVerify } = upstream;
  return { ...given({ caFile, certFile, keyFile, sni }), insecureSkipVerify };
}

function encodeIntention(intention: Intention): Json<never> {
  const { source, namespace, partition, peer, action, permissions, description } = intention;
  return {
    source,
    // No declaration has a partition or a peer; were one dropped here, the intention would mean more callers.
    ...given({ namespace, partition, peer, action, description }),
    ...(source === "*" ? { wildcard: true } : {}),
    ...(permissions === undefined ? {} : { permissions: permissions.map(encodePermission) }),
  };
}

const PATHS = { exact: "pathExact", prefix: "pathPrefix", regex: "pathRegex" } as const;

function encodePermission({ action, path, methods, headers }: Permission): Json<never> {
  return {
    action,
    ...(path === undefined ? {} : { [PATHS[path.kind]]: path.value }),
    ...filled({ methods, headers: headers.map(encodeHeader) }),
  };
}

function encodeHeader({ name, kind, value, ignoreCase, invert }: HeaderMatch): Json<never> {
  return {
    name,
    [kind]: kind === "present" ? true : value,
    ...(ignoreCase ? { ignoreCase } : {}),
    ...(invert ? { invert } : {}),
  };
}

/** Without what is empty: an empty list and no list mean the same. */
function filled<T extends object>(fields: { readonly [key: string]: T }): { readonly [key: string]: T } {
  return Object.fromEntries(Object.entries(fields).filter(([, each]) => Object.keys(each).length > 0));
}
