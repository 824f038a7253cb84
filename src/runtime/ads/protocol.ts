// What goes into a session and comes out of it, as plain values. Pure. The generated protobuf messages fit DeltaRequest.

import type { EnvoyVersion } from "../envoy/version";
import { type Change, type Resource, type ResourceType, TYPE_URLS } from "../xds/resource";

/** The node of a first request, as far as we look at it. */
export interface DeltaNode {
  readonly id: string;
  readonly userAgentVersionType?:
    | {
        readonly case: "userAgentBuildVersion";
        readonly value: {
          readonly version?:
            | { readonly majorNumber: number; readonly minorNumber: number; readonly patch: number }
            | undefined;
        };
      }
    | { readonly case: "userAgentVersion"; readonly value: string }
    | { readonly case: undefined; readonly value?: undefined };
}

/** The fields of envoy.service.discovery.v3.DeltaDiscoveryRequest that matter; absent means empty. */
export interface DeltaRequest {
  readonly typeUrl: string;
  readonly node?: DeltaNode | undefined;
  readonly resourceNamesSubscribe?: readonly string[];
  readonly resourceNamesUnsubscribe?: readonly string[];
  /** Name to version: what the client held when it connected. First request of a type on a stream only. */
  readonly initialResourceVersions?: Readonly<Record<string, string>>;
  readonly responseNonce?: string;
  /** Present: the response with that nonce is refused. */
  readonly errorDetail?: { readonly message: string } | undefined;
}

/** A DeltaDiscoveryResponse before it is encoded. */
export interface DeltaResponse {
  readonly type: ResourceType;
  /** Unique within the stream, over all types. */
  readonly nonce: string;
  readonly resources: readonly Resource[];
  readonly removed: readonly string[];
}

export type SessionInput =
  | { readonly kind: "request"; readonly request: DeltaRequest }
  | { readonly kind: "changed"; readonly change: Change }
  /** Nothing that the view lacks is still to come by itself. */
  | { readonly kind: "complete" }
  /** The client has had this response for long and has not answered: it holds nothing back any more. */
  | { readonly kind: "overdue"; readonly nonce: string };

/** For the log and the status; never holds a resource's content. */
export type SessionEvent =
  | { readonly kind: "connected"; readonly node: string; readonly envoy: EnvoyVersion }
  /** The stream was ended because of the client's version. */
  | { readonly kind: "refused"; readonly node: string; readonly reason: string }
  /** The stream was ended because of a fault of ours; the client comes back. */
  | { readonly kind: "failed"; readonly reason: string }
  | {
      readonly kind: "acked";
      readonly type: ResourceType;
      readonly names: readonly string[];
      readonly removed: readonly string[];
    }
  /** These resources were refused and are not offered again until their content changes. */
  | {
      readonly kind: "nack";
      readonly type: ResourceType;
      readonly names: readonly string[];
      readonly detail: string;
    }
  /** A response was refused without a name: its resources are offered again in smaller parts to find the culprit. */
  | { readonly kind: "bisect"; readonly type: ResourceType; readonly count: number; readonly detail: string };

export type Reply =
  | { readonly kind: "send"; readonly response: DeltaResponse }
  | { readonly kind: "event"; readonly event: SessionEvent }
  /** End the stream with this reason; nothing follows. */
  | { readonly kind: "refuse"; readonly reason: string };

const TYPES_BY_URL: ReadonlyMap<string, ResourceType> = new Map(
  Object.entries(TYPE_URLS).map(([type, url]) => [url, type as ResourceType]),
);

/** The resource type of a type URL; undefined for types that we do not serve. */
export function typeOfUrl(url: string): ResourceType | undefined {
  return TYPES_BY_URL.get(url);
}
