// What the runtime knows, and the events that tell it. Every source (manifest, Consul, files) speaks these events;
// nothing after them knows which source is in use.

import type { Intention } from "../../model/gateway";
import type { IntentionAction, Protocol } from "../../model/props";
import type { AccessLogs, CallerTls } from "./listening";

/** "Here and empty" is not "waiting". A problem beside a value means: the last good value still serves. */
export type Loaded<T> =
  | { readonly at: "waiting"; readonly problem?: string }
  | { readonly at: "here"; readonly value: T; readonly problem?: string };

export interface GatewayIdentity {
  readonly name: string;
  readonly datacenter: string;
  readonly namespace?: string;
  readonly partition?: string;
  /** Sorted by name. */
  readonly binds: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  /** What callers' TLS must be. @default - 1.2 or 1.3, Envoy's ciphers */
  readonly tls?: CallerTls;
  /** @default - none */
  readonly accessLogs?: AccessLogs;
  /** Requests whose caller's proxy has chosen to trace them are traced. @default false */
  readonly traced?: boolean;
}

export interface TrustBundle {
  /** As in the roots answer: `<uuid>.consul`. */
  readonly trustDomain: string;
  /** Root certificates, PEM, each ending in one newline; at least one. */
  readonly roots: readonly string[];
}

/** A row of gateway-services. `name` is the service's key, see model/service-name.ts. */
export interface LinkedService {
  readonly name: string;
  readonly upstream: Upstream;
  readonly autoHostRewrite: boolean;
}

export type Upstream =
  | { readonly mode: "plaintext" }
  | {
      readonly mode: "tls";
      readonly caFile?: string;
      readonly certFile?: string;
      readonly keyFile?: string;
      readonly sni?: string;
      readonly insecureSkipVerify: boolean;
    };

export interface Instance {
  readonly id: string;
  /** IP address or hostname. */
  readonly address: string;
  readonly port: number;
  /** 1-128. */
  readonly weight: number;
  readonly healthy: boolean;
}

export interface ServiceConfig {
  readonly protocol: Protocol;
  readonly connectTimeoutMs: number;
  /** 0: no limit. */
  readonly requestTimeoutMs: number;
  /** 0: no limit. */
  readonly idleTimeoutMs: number;
  readonly maxConnections: number;
  readonly onRevoke: "drain" | "keep";
  /** @default - round robin */
  readonly loadBalancer?: LoadBalancer;
  /** How a hostname is resolved; `logical_dns` where it is the only instance. @default "strict_dns" */
  readonly dnsDiscovery?: "strict_dns" | "logical_dns";
  /** TCP keepalive towards the instances. What is absent is the operating system's. @default - none */
  readonly keepalive?: { readonly timeS?: number; readonly intervalS?: number; readonly probes?: number };
}

/** How an instance is picked. Sizes and counts that are absent are Envoy's. */
export type LoadBalancer =
  | { readonly policy: "random" }
  /** `choiceCount`: 2 or more. */
  | { readonly policy: "least_request"; readonly choiceCount?: number }
  | { readonly policy: "maglev"; readonly hash: readonly HashPolicy[] }
  /** Sizes: 1 to 8,388,608, the smallest not above the largest. */
  | {
      readonly policy: "ring_hash";
      readonly minimumRingSize?: number;
      readonly maximumRingSize?: number;
      readonly hash: readonly HashPolicy[];
    };

/** What of an HTTP request is hashed. `terminal`: where it yields a hash, later ones are not looked at. */
export type HashPolicy = { readonly terminal: boolean } /** The address that the caller connects from. */ & (
  | { readonly by: "source" }
  | { readonly by: "header" | "query"; readonly name: string }
  /** A cookie that Envoy makes lives for `ttlMs`, 0 for the session; absent: Envoy makes none. */
  | { readonly by: "cookie"; readonly name: string; readonly path?: string; readonly ttlMs?: number }
);

/** Some of a service's instances, for callers whose SNI begins with the subset's name. */
export interface SubsetInstances {
  readonly name: string;
  readonly instances: readonly Instance[];
}

export interface IntentionSet {
  readonly intentions: readonly Intention[];
  readonly defaultAction: IntentionAction;
}

/** A mesh leaf certificate with its key. Verified by verify.ts before it is stored. */
export interface Leaf {
  /** Leaf first, then intermediates; PEM. */
  readonly certPem: string;
  readonly keyPem: string;
  /** Milliseconds since 1970. */
  readonly notAfterMs: number;
}

/** What is read from disk for upstream TLS: a CA bundle, or a client certificate with its key. */
export type MaterialKey =
  | { readonly kind: "ca"; readonly caFile: string }
  | { readonly kind: "client"; readonly certFile: string; readonly keyFile: string };

export type Material =
  | { readonly kind: "ca"; readonly pem: string; readonly notAfterMs: number }
  | { readonly kind: "client"; readonly certPem: string; readonly keyPem: string; readonly notAfterMs: number };

/** One thing to watch; wanted() derives them from the state. */
export type WatchKey =
  | { readonly kind: "identity" }
  | { readonly kind: "roots" }
  | { readonly kind: "links" }
  | { readonly kind: "instances"; readonly service: string }
  | { readonly kind: "intentions"; readonly service: string }
  | { readonly kind: "config"; readonly service: string }
  | { readonly kind: "leaf"; readonly service: string }
  | { readonly kind: "material"; readonly material: MaterialKey };

export type WatchEvent =
  | { readonly kind: "identity"; readonly identity: GatewayIdentity }
  | { readonly kind: "roots"; readonly bundle: TrustBundle }
  /** The complete list: what is missing is unlinked. */
  | { readonly kind: "links"; readonly links: readonly LinkedService[] }
  /** `subsets`: all of them, sorted by name. */
  | {
      readonly kind: "instances";
      readonly service: string;
      readonly instances: readonly Instance[];
      readonly subsets?: readonly SubsetInstances[];
    }
  | { readonly kind: "intentions"; readonly service: string; readonly set: IntentionSet }
  | { readonly kind: "config"; readonly service: string; readonly config: ServiceConfig }
  | { readonly kind: "leaf"; readonly service: string; readonly leaf: Leaf }
  | { readonly kind: "material"; readonly key: MaterialKey; readonly material: Material }
  /** The watch failed: the last good value, if any, stays; the reason is shown. */
  | { readonly kind: "problem"; readonly of: WatchKey; readonly reason: string };

export interface ServiceState {
  readonly link: LinkedService;
  readonly instances: Loaded<readonly Instance[]>;
  /** Come with the instances. */
  readonly subsets: readonly SubsetInstances[];
  readonly intentions: Loaded<IntentionSet>;
  readonly config: Loaded<ServiceConfig>;
  readonly leaf: Loaded<Leaf>;
  /** Grows by one each time access is taken away from a TCP service that drains; content of its own listener only. */
  readonly revocations: number;
}

/** Owned and changed by the loop alone; the maps are changed in place so that one change costs one service. */
export interface GatewayState {
  identity: Loaded<GatewayIdentity>;
  roots: Loaded<TrustBundle>;
  linksProblem: string | undefined;
  linksAnswered: boolean;
  readonly services: Map<string, ServiceState>;
  /** By materialName(). */
  readonly materials: Map<string, Loaded<Material>>;
  /** Material name to the services that use it. */
  readonly materialUsers: Map<string, Set<string>>;
  /** Revocation counters of an earlier life, by service, for services that are linked later. */
  readonly revocations: Readonly<Record<string, number>>;
}

/** Everything the builders need for one service; complete by construction. */
export interface ServiceSnapshot {
  readonly name: string;
  readonly identity: GatewayIdentity;
  readonly trust: TrustBundle;
  readonly link: LinkedService;
  readonly instances: readonly Instance[];
  readonly subsets: readonly SubsetInstances[];
  readonly intentions: IntentionSet;
  readonly config: ServiceConfig;
  readonly leaf: Leaf;
  readonly revocations: number;
}
