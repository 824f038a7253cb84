// What a user writes. Words are Consul's own; every optional prop says its default (declared in defaults.ts).
// S is the type of leaves that may be known late: a CDKTF token string, a Pulumi Input<string>, a plain string.

import type { AclProps } from "./acl-props";
import type { AuthProps } from "./auth-props";
import type { ProxyConfigProps } from "./proxy-config/props";

export type { AclProps, TokenExportProps } from "./acl-props";

/** How the gateway speaks to an external service. Anything but `tcp` is judged request by request. */
export type Protocol = "tcp" | "http" | "http2" | "grpc";

export type IntentionAction = "allow" | "deny";

/** One declaration of a terminating gateway and all that it reaches. */
export interface GatewayProps<S = string> {
  /** Name of the gateway service and of its `terminating-gateway` config entry. */
  readonly name: string;
  /** Consul datacenter of the gateway and of every linked service. */
  readonly datacenter: string;
  /** Enterprise namespace of the gateway. @default - none: it is not sent, as the community edition refuses it */
  readonly namespace?: string;
  /** Enterprise admin partition of the gateway. @default - none: it is not sent */
  readonly partition?: string;
  /** Where mesh callers reach the gateway. @default - 127.0.0.1:8443 */
  readonly bind?: BindProps;
  /** The external services. @default [] */
  readonly services?: readonly ServiceProps<S>[];
  /** What holds where no intention matches. @default "deny" */
  readonly defaultIntention?: IntentionAction;
  /** ACL policy, role and token of the gateway process. @default - all three are made */
  readonly acl?: AclProps<S>;
  /** How the gateway process logs in by itself; then no token is made. @default - it is given a token */
  readonly auth?: AuthProps<S>;
  /** Metadata of the config entry. @default {} */
  readonly meta?: Readonly<Record<string, string>>;
  /**
   * How the manifest reaches the gateway processes. `file`: you bring it to their hosts. `kv`: a deployment writes it to the
   * key `consul-terminating-gateway/<name>` of Consul's KV store, where every process that runs with
   * `--manifest-kv <key>` follows it; at most 512 KiB. An existing key is overwritten, and deleted with the gateway.
   * @default "file"
   */
  readonly delivery?: Delivery;
  /** Gateway options under Consul's own keys; they win over `Proxy.Config` and `proxy-defaults` in Consul. @default {} */
  readonly proxyConfig?: ProxyConfigProps;
}

export type Delivery = "file" | "kv";

export interface BindProps {
  /** IP address to listen on. @default "127.0.0.1" */
  readonly address?: string;
  /** TCP port, 1-65535. @default 8443 */
  readonly port?: number;
  /** Say `true` to listen on addresses that anybody on the internet may reach. @default false */
  readonly allowPublic?: boolean;
}

/** An external service: either `address` and `port`, or `instances`. */
export interface ServiceProps<S = string> {
  /** Name in Consul: of the catalog service and of its config entries. */
  readonly name: string;
  /** Enterprise namespace. @default - the gateway's */
  readonly namespace?: string;
  /** IP address or hostname of the only instance. */
  readonly address?: S;
  /** TCP port of the only instance, 1-65535. */
  readonly port?: number;
  /** Several instances. Hostnames and IP addresses cannot be mixed in one service. */
  readonly instances?: readonly InstanceProps<S>[];
  /** What it speaks; all but `tcp` are judged request by request. @default "tcp" */
  readonly protocol?: Protocol;
  /** TLS towards the external service. Exactly one of `tls` and `plaintext` must be given. */
  readonly tls?: TlsProps<S>;
  /** Say `true` to send plaintext to the external service. @default false */
  readonly plaintext?: boolean;
  /** Keep the caller's Host header instead of the instance's hostname. Needs Consul 1.18.1 or later. @default false */
  readonly disableAutoHostRewrite?: boolean;
  /** Names of mesh services that may call it; short for an `intentions` entry of action allow each. @default [] */
  readonly allowFrom?: readonly string[];
  /** Full intentions: deny, wildcard sources, L7 permissions. @default [] */
  readonly intentions?: readonly IntentionProps[];
  /** Caps on what the gateway opens to it. @default - those of each limit */
  readonly limits?: LimitsProps;
  /** How long the gateway waits for it. @default - those of each timeout */
  readonly timeouts?: TimeoutsProps;
  /** What happens to a TCP service's live connections when access is taken away. @default "drain" */
  readonly onRevoke?: "drain" | "keep";
  /** Say `true` to link every service of the namespace under the name `*`. @default false */
  readonly wildcard?: boolean;
  /** Metadata of the catalog service. @default {} */
  readonly meta?: Readonly<Record<string, string>>;
  /** Tags of the catalog service. @default [] */
  readonly tags?: readonly string[];
}

export interface InstanceProps<S = string> {
  /** IP address or hostname. */
  readonly address: S;
  /** TCP port, 1-65535. */
  readonly port: number;
  /** Service id in the catalog. @default - the service name, with an ordinal from the second instance on */
  readonly id?: string;
  /** Agent-less node that carries it. @default - one per address, with a clearly synthetic name */
  readonly node?: string;
  /** Share of the load while passing, 1-128. @default 1 */
  readonly weight?: number;
}

export interface TlsProps<S = string> {
  /** PEM file of the CAs that may sign the external service's certificate. Path on the gateway's host. */
  readonly caFile?: S;
  /** PEM file of the client certificate. @default - none: one-way TLS. Needs `keyFile` and `caFile`. */
  readonly certFile?: S;
  /** PEM file of the client certificate's key. */
  readonly keyFile?: S;
  /** Server name to send and to demand in the certificate. @default - the instance's hostname or IP address */
  readonly sni?: S;
  /** Say `true` to accept any certificate. @default false */
  readonly insecureSkipVerify?: boolean;
}

export interface IntentionProps {
  /** Calling mesh service, or `*` together with `wildcard: true`. */
  readonly source: string;
  /** Enterprise namespace of the source. @default - the service's */
  readonly namespace?: string;
  /** Say `true` to mean every service by `*`. @default false */
  readonly wildcard?: boolean;
  /** What happens to its calls; not together with `permissions`. @default "allow", unless `permissions` are given */
  readonly action?: IntentionAction;
  /** L7 permissions, the first match decides; only for http, http2 and grpc services. */
  readonly permissions?: readonly PermissionProps[];
  /** For people; shown by Consul. @default - none */
  readonly description?: string;
}

export interface PermissionProps {
  /** What happens to a request that matches. */
  readonly action: IntentionAction;
  /** At most one of the three path fields. @default - any path */
  readonly pathExact?: string;
  /** Start of the path, as `/v1/`. */
  readonly pathPrefix?: string;
  /** RE2 regular expression, matched against the whole path. */
  readonly pathRegex?: string;
  /** HTTP methods, any of them. @default - any method */
  readonly methods?: readonly string[];
  /** All must match. @default [] */
  readonly headers?: readonly HeaderProps[];
}

/** Exactly one of present, exact, prefix, suffix, contains and regex. */
export interface HeaderProps {
  /** Name of the header, in any case. */
  readonly name: string;
  /** Say `true` to match any value. */
  readonly present?: boolean;
  /** The whole value. */
  readonly exact?: string;
  /** Start of the value. */
  readonly prefix?: string;
  /** End of the value. */
  readonly suffix?: string;
  /** Needs Consul 1.20.1 or later. */
  readonly contains?: string;
  /** RE2 regular expression, matched against the whole value. */
  readonly regex?: string;
  /** With exact, prefix, suffix and contains. Needs Consul 1.20.1 or later. @default false */
  readonly ignoreCase?: boolean;
  /** Match where the rest does not. @default false */
  readonly invert?: boolean;
}

export interface LimitsProps {
  /** Concurrent connections to the external service, 1-1000000. @default 100000 */
  readonly maxConnections?: number;
}

/** All in milliseconds. */
export interface TimeoutsProps {
  /** TCP connect, 1-3600000. @default 5000 */
  readonly connectMs?: number;
  /** Whole HTTP request; 0 means no limit. @default 15000 */
  readonly requestMs?: number;
  /** A connection without a byte in either direction is closed; 0 means no limit. @default 3600000 */
  readonly idleMs?: number;
}
