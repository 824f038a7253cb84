// The validated, defaulted, readonly model: what every later stage trusts. Made only by validate() and by decoding a manifest.

import type { AuthProps } from "./auth-props";
import type { Delivery, IntentionAction, Protocol } from "./props";
import type { ProxyConfigProps } from "./proxy-config/props";

export interface GatewayModel<S = string> {
  readonly name: string;
  readonly datacenter: string;
  readonly namespace?: string;
  readonly partition?: string;
  readonly bind: { readonly address: string; readonly port: number; readonly allowPublic?: true };
  readonly defaultIntention: IntentionAction;
  readonly acl: {
    readonly enabled: boolean;
    readonly token: boolean;
    readonly replicas: readonly string[];
    /** Of a declaration alone: a manifest tells nothing of it. */
    readonly exportToken?: { readonly pgpKey: S };
    readonly replicaPrefix?: string;
  };
  /** How the process logs in, as declared; of a manifest the method is `existing`. */
  readonly auth?: AuthProps<S>;
  readonly meta: Readonly<Record<string, string>>;
  readonly delivery: Delivery;
  /** As it was written; right as far as that can be said without the gateway's host. Absent where nothing is set. */
  readonly proxyConfig?: ProxyConfigProps;
  /** Sorted by namespace and name; no two alike. */
  readonly services: readonly ServiceModel<S>[];
}

export interface ServiceModel<S = string> {
  readonly name: string;
  readonly namespace?: string;
  readonly protocol: Protocol;
  /** In the order declared, which fixes the default ids; empty only for the wildcard `*`. */
  readonly instances: readonly InstanceModel<S>[];
  readonly upstream: UpstreamModel<S>;
  readonly disableAutoHostRewrite: boolean;
  /** Sorted by falling precedence, ties in the order declared; one per source. */
  readonly intentions: readonly Intention[];
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** 0: no limit. */
  readonly requestTimeoutMs: number;
  /** 0: no limit. */
  readonly idleTimeoutMs: number;
  readonly onRevoke: "drain" | "keep";
  readonly meta: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
}

export interface InstanceModel<S = string> {
  readonly id: string;
  readonly node: string;
  readonly address: S;
  readonly port: number;
  readonly weight: number;
}

export type UpstreamModel<S = string> =
  | { readonly mode: "plaintext" }
  | {
      readonly mode: "tls";
      readonly caFile?: S;
      readonly certFile?: S;
      readonly keyFile?: S;
      readonly sni?: S;
      readonly insecureSkipVerify: boolean;
    };

/** One source of one destination. An L7 intention has permissions instead of an action. */
export interface Intention {
  /** Name, or `*`. */
  readonly source: string;
  readonly namespace?: string;
  readonly partition?: string;
  readonly peer?: string;
  readonly action?: IntentionAction;
  readonly permissions?: readonly Permission[];
  /** Consul's own: 9 exact source and destination, 8 wildcard source, 6 and 5 for a wildcard destination. */
  readonly precedence: number;
  readonly description?: string;
}

export interface Permission {
  readonly action: IntentionAction;
  readonly path?: { readonly kind: "exact" | "prefix" | "regex"; readonly value: string };
  /** Upper case; empty means any. */
  readonly methods: readonly string[];
  readonly headers: readonly HeaderMatch[];
}

export interface HeaderMatch {
  readonly name: string;
  readonly kind: "present" | "exact" | "prefix" | "suffix" | "contains" | "regex";
  /** Empty for `present`. */
  readonly value: string;
  readonly ignoreCase: boolean;
  readonly invert: boolean;
}
