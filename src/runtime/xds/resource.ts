// One xDS resource as every later stage sees it: a name, a content version and encoded bytes.

export type ResourceType = "cluster" | "endpoint" | "secret" | "extension" | "listener";

export const TYPE_URLS: Readonly<Record<ResourceType, string>> = {
  cluster: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
  endpoint: "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
  secret: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
  extension: "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
  listener: "type.googleapis.com/envoy.config.listener.v3.Listener",
};

export interface ResourceRef {
  readonly type: ResourceType;
  readonly name: string;
}

export interface Resource extends ResourceRef {
  /** Depends on the bytes alone: the first 16 characters of base64url SHA-256. */
  readonly version: string;
  /** The encoded message (the `value` of the Any). */
  readonly body: Uint8Array;
  /** Resources that this one names (secrets, endpoints, extensions): a parent is re-sent with its children. */
  readonly children: readonly ResourceRef[];
}

/** What changed in a store, each ref once. */
export interface Change {
  readonly upserted: readonly ResourceRef[];
  readonly removed: readonly ResourceRef[];
}

/** What a session may ask of the store. */
export interface ResourceView {
  get(ref: ResourceRef): Resource | undefined;
  names(type: ResourceType): Iterable<string>;
}
