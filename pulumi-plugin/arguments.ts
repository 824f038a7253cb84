// The props of the model once more, as Pulumi's schema inference wants them: no generics, no read-only arrays, and enums as
// objects with a type of the same name. The compiler holds them to the model; the model has all defaults and rules.

import type { Input } from "@pulumi/pulumi";

/** Who decides. */
export const IntentionAction = { Allow: "allow", Deny: "deny" } as const;
export type IntentionAction = (typeof IntentionAction)[keyof typeof IntentionAction];

/** How the gateway speaks to an external service. */
export const Protocol = { Tcp: "tcp", Http: "http", Http2: "http2", Grpc: "grpc" } as const;
export type Protocol = (typeof Protocol)[keyof typeof Protocol];

/** What happens to live connections when access is taken away. */
export const OnRevoke = { Drain: "drain", Keep: "keep" } as const;
export type OnRevoke = (typeof OnRevoke)[keyof typeof OnRevoke];

/** How the manifest reaches the gateway processes: as a file, or by a key of Consul's KV store. */
export const Delivery = { File: "file", Kv: "kv" } as const;
export type Delivery = (typeof Delivery)[keyof typeof Delivery];

/** How hostnames are resolved. */
export const DnsDiscoveryType = { StrictDns: "strict_dns", LogicalDns: "logical_dns" } as const;
export type DnsDiscoveryType = (typeof DnsDiscoveryType)[keyof typeof DnsDiscoveryType];

export interface Bind {
  /** IP address to listen on; 127.0.0.1 without it. */
  address?: string;
  /** TCP port, 1-65535; 8443 without it. */
  port?: number;
  /** True allows addresses that anybody on the internet may reach. */
  allowPublic?: boolean;
}

export interface BindAddress {
  /** IP address. */
  address: string;
  /** TCP port, 1-65535. */
  port: number;
}

/** Gateway options under Consul's own keys; docs/gateway-options.md says what each does. */
export interface ProxyConfig {
  envoy_gateway_bind_addresses?: { [key: string]: BindAddress };
  envoy_gateway_bind_tagged_addresses?: boolean;
  envoy_gateway_no_default_bind?: boolean;
  envoy_dns_discovery_type?: DnsDiscoveryType;
  connect_timeout_ms?: number;
  envoy_gateway_remote_tcp_enable_keepalive?: boolean;
  envoy_gateway_remote_tcp_keepalive_time?: number;
  envoy_gateway_remote_tcp_keepalive_interval?: number;
  envoy_gateway_remote_tcp_keepalive_probes?: number;
  envoy_extra_static_clusters_json?: string;
  envoy_extra_static_listeners_json?: string;
  envoy_extra_stats_sinks_json?: string;
  envoy_stats_config_json?: string;
  envoy_stats_flush_interval?: string;
  envoy_stats_tags?: string[];
  envoy_tracing_json?: string;
  envoy_prometheus_bind_addr?: string;
  envoy_stats_bind_addr?: string;
  envoy_statsd_url?: string;
  envoy_dogstatsd_url?: string;
}

export interface JwtAuth {
  /** The claim `sub` of the gateway's tokens. */
  subject: string;
  /** One of them must be in the claim `aud`; a method that is made needs them. */
  audiences?: Input<string>[];
  /** The claim `iss`; any without it. */
  issuer?: Input<string>;
  /** PEM of the issuer's public keys. */
  publicKeys?: Input<string>[];
  /** URL of the issuer's keys (JWKS). */
  jwksUrl?: Input<string>;
  /** URL of an OpenID Connect issuer. */
  discoveryUrl?: Input<string>;
}

export interface KubernetesAuth {
  namespace: string;
  serviceAccount: string;
}

export interface NomadAuth {
  /** Id of the job. */
  job: string;
  /** The namespace default without it. */
  namespace?: string;
  /** As http://nomad.example.com:4646/.well-known/jwks.json; a method that is made needs it. */
  jwksUrl?: Input<string>;
  /** Only consul.io without it. */
  audiences?: Input<string>[];
}

export interface AwsIamAuth {
  /** ARNs of roles and users that may log in; a method that is made needs them. */
  principalArns?: Input<string>[];
  /** Value that the signed request must carry. */
  serverId?: string;
  /** Consul asks IAM for the role or user; true without it where an ARN has a path or a star. */
  entityDetails?: boolean;
  /** Where Consul's servers reach STS, as https://sts.eu-central-1.amazonaws.com. */
  stsEndpoint?: Input<string>;
  /** Where Consul's servers reach IAM. */
  iamEndpoint?: Input<string>;
}

/** Exactly one of the four. */
export interface AuthMethod {
  jwt?: JwtAuth;
  kubernetes?: KubernetesAuth;
  nomad?: NomadAuth;
  awsIam?: AwsIamAuth;
}

/** The process logs in by itself: no token is made. */
export interface Auth {
  /** How the process proves who it is. */
  method: AuthMethod;
  /** Name of an auth method that is there already; one is made without it. */
  existing?: string;
  /** Consul's expression over the identity; derived from the method without it. */
  selector?: string;
  /** Longest life of a token, as 30m; 1h without it. */
  maxTokenTtl?: string;
}

export interface Acl {
  /** Make the ACL policy and role; true without it. */
  enabled?: boolean;
  /** Make a token too; its secret id is never read into the state. True without it. */
  token?: boolean;
  /** Gateway processes that register themselves, each on its node `<gateway>-<replica>`. */
  replicas?: string[];
  /** Grants every replica whose name starts with it, where names are not known in advance. */
  replicaPrefix?: string;
  /** Give the token's secret away, encrypted, as the output `encryptedTokenSecret`. */
  exportToken?: TokenExport;
}

export interface TokenExport {
  /** PGP public key to encrypt to: the binary key in base64, or `keybase:NAME`. */
  pgpKey: Input<string>;
}

/** An external service: either `address` and `port`, or `instances`; exactly one of `tls` and `plaintext`. */
export interface Service {
  name: string;
  /** Enterprise namespace; the gateway's without it. */
  namespace?: string;
  /** IP address or hostname of the only instance. */
  address?: Input<string>;
  /** TCP port of the only instance, 1-65535. */
  port?: number;
  /** Several instances. Hostnames and IP addresses cannot be mixed in one service. */
  instances?: Instance[];
  /** Tcp without it. */
  protocol?: Protocol;
  /** TLS towards the external service. */
  tls?: Tls;
  /** True sends plaintext to the external service. */
  plaintext?: boolean;
  /** Keep the caller's Host header instead of the instance's hostname. */
  disableAutoHostRewrite?: boolean;
  /** Names of mesh services that may call it. */
  allowFrom?: string[];
  /** Full intentions: deny, wildcard sources, L7 permissions. */
  intentions?: Intention[];
  limits?: Limits;
  timeouts?: Timeouts;
  /** For TCP services; Drain without it. */
  onRevoke?: OnRevoke;
  /** True links every service of the namespace under the name `*`. */
  wildcard?: boolean;
  /** Metadata of the catalog service. */
  meta?: { [key: string]: string };
  tags?: string[];
}

export interface Instance {
  /** IP address or hostname. */
  address: Input<string>;
  /** TCP port, 1-65535. */
  port: number;
  /** Service id in the catalog; the service's name without it, with an ordinal from the second instance on. */
  id?: string;
  /** Agent-less node that carries it; one per address without it. */
  node?: string;
  /** Share of the load while passing, 1-128; 1 without it. */
  weight?: number;
}

export interface Tls {
  /** PEM file of the CAs that may sign the external service's certificate. Path on the gateway's host. */
  caFile?: Input<string>;
  /** PEM file of the client certificate. Needs `keyFile` and `caFile`. */
  certFile?: Input<string>;
  /** PEM file of the client certificate's key. */
  keyFile?: Input<string>;
  /** Server name to send and to demand in the certificate; the instance's hostname or IP address without it. */
  sni?: Input<string>;
  /** True accepts any certificate. */
  insecureSkipVerify?: boolean;
}

export interface Intention {
  /** Calling mesh service, or `*` together with `wildcard`. */
  source: string;
  /** Enterprise namespace of the source. */
  namespace?: string;
  /** True means every service by `*`. */
  wildcard?: boolean;
  /** Allow without it, unless `permissions` are given. */
  action?: IntentionAction;
  /** L7 permissions, the first match decides; only for http, http2 and grpc services. */
  permissions?: Permission[];
  description?: string;
}

/** At most one of the three path fields. */
export interface Permission {
  action: IntentionAction;
  pathExact?: string;
  pathPrefix?: string;
  /** RE2 regular expression, matched against the whole path. */
  pathRegex?: string;
  /** HTTP methods, any of them. */
  methods?: string[];
  /** All must match. */
  headers?: Header[];
}

/** Exactly one of present, exact, prefix, suffix, contains and regex. */
export interface Header {
  name: string;
  present?: boolean;
  exact?: string;
  prefix?: string;
  suffix?: string;
  contains?: string;
  regex?: string;
  ignoreCase?: boolean;
  invert?: boolean;
}

export interface Limits {
  /** Concurrent connections to the external service, 1-1000000; 100000 without it. */
  maxConnections?: number;
}

/** All in milliseconds. */
export interface Timeouts {
  /** TCP connect, 1-3600000; 5000 without it. */
  connectMs?: number;
  /** Whole HTTP request, 0 means no limit; 15000 without it. */
  requestMs?: number;
  /** A connection without a byte in either direction is closed, 0 means no limit; 3600000 without it. */
  idleMs?: number;
}
