// How the process reaches Consul, as options of a launch form: each is the flag of `consul-tgw run` of the same name.

import { HEADER_VALUE } from "../model/auth";
import { formatPlace, type Place } from "../model/place";
import { absolutePath, fields, flag, listOf, optional, type Rule, type Rules, text, wholeNumber } from "./rules";

export interface ConsulOptions {
  /** HTTP API of servers, as "https://consul.example.com:8501". */
  readonly consulAddr: readonly string[];
  /** Key of the servers' KV store with the manifest, which the process follows there. @default - none */
  readonly manifestKv?: string;
  /** Log in for a token at this auth method; goes with `bearerTokenFile` or `awsAutoBearerToken`. @default - a token, or none */
  readonly authMethod?: string;
  /** What the auth method takes: read for every login. */
  readonly bearerTokenFile?: string;
  /** Make what an auth method of type aws-iam takes of the AWS credentials of the process's place. @default false */
  readonly awsAutoBearerToken?: boolean;
  /** Region whose STS is used. @default - what AWS_REGION says there */
  readonly awsRegion?: string;
  /** URL of STS. @default - the region's */
  readonly awsStsEndpoint?: string;
  /** ServerIDHeaderValue of the auth method. @default - none */
  readonly awsServerIdHeaderValue?: string;
  /** For an auth method with EnableIAMEntityDetails. @default false */
  readonly awsIncludeEntity?: boolean;
  /** `key=value` each: kept with the token. @default [] */
  readonly loginMeta?: readonly string[];
  /** Enterprise: of the auth method. @default - the gateway's */
  readonly loginNamespace?: string;
  /** CA of the servers. All files are where the process runs. @default - the system's CAs */
  readonly caFile?: string;
  /** Directory of CAs, where there is no `caFile`. */
  readonly caPath?: string;
  /** Client certificate; goes with `clientKey`. */
  readonly clientCert?: string;
  /** Key of the client certificate. */
  readonly clientKey?: string;
  /** Name in the servers' certificate. @default - the host of the address */
  readonly tlsServerName?: string;
  /** Datacenter of the gateway. @default - what the servers say */
  readonly datacenter?: string;
  /** Enterprise. */
  readonly namespace?: string;
  /** Enterprise. */
  readonly partition?: string;
  /** Fetch certificates with their keys over http:// from another host. @default false */
  readonly allowPlaintextLeaves?: boolean;
  /** What callers are told: host, or host:port. @default - where it listens */
  readonly address?: string;
  /** What callers in other datacenters are told. @default - nothing */
  readonly wanAddress?: string;
  /** Where it listens. @default - as the manifest says; 127.0.0.1:8443 without one */
  readonly bind?: { readonly address: string; readonly port: number };
  /** Several places to listen on, by name; with `bind`, which is named `default`. @default - `bind` alone */
  readonly binds?: { readonly [name: string]: { readonly address: string; readonly port: number } };
  /** Tells replicas of one gateway apart. @default - the host's name */
  readonly replica?: string;
  /** Seconds after which a replica that died is no longer handed out; 0 for never. @default 30 */
  readonly reapAfter?: number;
  /** Register with the Consul agent of the process's host, as "http://127.0.0.1:8500". @default - with the servers */
  readonly localAgent?: string;
  /** Let the cluster's consul-esm check the gateway's port as well. @default false */
  readonly esm?: boolean;
}

type Flag = { readonly [K in keyof Required<ConsulOptions>]: string };

/** In the order in which they are written. */
export const CONSUL_FLAGS: Flag = {
  consulAddr: "--consul-addr",
  manifestKv: "--manifest-kv",
  authMethod: "--auth-method",
  bearerTokenFile: "--bearer-token-file",
  awsAutoBearerToken: "--aws-auto-bearer-token",
  awsRegion: "--aws-region",
  awsStsEndpoint: "--aws-sts-endpoint",
  awsServerIdHeaderValue: "--aws-server-id-header-value",
  awsIncludeEntity: "--aws-include-entity",
  loginMeta: "--login-meta",
  loginNamespace: "--login-namespace",
  caFile: "--ca-file",
  caPath: "--ca-path",
  clientCert: "--client-cert",
  clientKey: "--client-key",
  tlsServerName: "--tls-server-name",
  datacenter: "--datacenter",
  namespace: "--namespace",
  partition: "--partition",
  allowPlaintextLeaves: "--allow-plaintext-leaves",
  address: "--address",
  wanAddress: "--wan-address",
  bind: "--bind-address",
  binds: "--bind-address",
  replica: "--replica",
  reapAfter: "--reap-after",
  localAgent: "--local-agent",
  esm: "--esm",
};

const NAME = text("letters, digits, - _ and .", /^[\w.-]+$/);
const PLACE = text("host or host:port", /^[\w.:[\]-]+$/);

const BIND = fields({ address: text("an IP address", /^[0-9a-fA-F.:]+$/), port: wholeNumber(1, 65535) });

const binds: Rule = (value, path) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ path, got: "no object", allowed: "an object", hint: "name and place of each" }];
  }
  return Object.entries(value).flatMap(([name, each]) => {
    const at = `${path}.${name}`;
    if (/^[\w-]+$/.test(name)) return BIND(each, at);
    return [{ path: at, got: "another name", allowed: "letters, digits, - and _", hint: "correct it" }];
  });
};

const RULES: Rules<ConsulOptions> = {
  // A user name with a password would be a secret.
  consulAddr: listOf(text("the address of a server, without a user name", /^[^\s@]+$/), 1),
  manifestKv: optional(text("a key, as consul-terminating-gateway/egress", /^[^/\s][^\s]*$/)),
  authMethod: optional(NAME),
  bearerTokenFile: optional(absolutePath),
  awsAutoBearerToken: optional(flag),
  awsRegion: optional(NAME),
  awsStsEndpoint: optional(text("a URL without a path", /^https?:\/\/[\w.:[\]-]+\/?$/)),
  awsServerIdHeaderValue: optional(text("text that an HTTP header can hold", HEADER_VALUE)),
  awsIncludeEntity: optional(flag),
  loginMeta: optional(listOf(text("key=value", /^[^=]+=/))),
  loginNamespace: optional(NAME),
  caFile: optional(absolutePath),
  caPath: optional(absolutePath),
  clientCert: optional(absolutePath),
  clientKey: optional(absolutePath),
  tlsServerName: optional(NAME),
  datacenter: optional(NAME),
  namespace: optional(NAME),
  partition: optional(NAME),
  allowPlaintextLeaves: optional(flag),
  address: optional(PLACE),
  wanAddress: optional(PLACE),
  bind: optional(BIND),
  binds: optional(binds),
  replica: optional(NAME),
  reapAfter: optional(wholeNumber(0, 3_600)),
  localAgent: optional(text("the address of an agent, without a user name", /^[^\s@]+$/)),
  esm: optional(flag),
};

export const consulRule = fields(RULES);

/** Flags and their values, as words. */
export function consulWords({ binds = {}, ...options }: ConsulOptions): readonly string[] {
  const all = { ...options, binds: inOrder(binds).map(([name, each]) => `${name}=${formatPlace(each)}`) };
  return Object.entries(CONSUL_FLAGS).flatMap(([key, name]) => {
    const value = all[key as keyof typeof all];
    if (value === undefined || value === false) return [];
    if (value === true) return [name];
    return Array.isArray(value)
      ? value.flatMap((each: string) => [name, each])
      : [name, wordOf(value as string | number | Place)];
  });
}

/** By name: the first counts where callers are told one port, so the flags and the forms must agree on it. */
function inOrder(binds: NonNullable<ConsulOptions["binds"]>): readonly (readonly [string, Place])[] {
  return Object.entries(binds).sort(([a], [b]) => (a < b ? -1 : 1));
}

function wordOf(value: string | number | Place): string {
  return typeof value === "object" ? formatPlace(value) : String(value);
}

/**
 * Where the process listens: first the place whose port callers are told, as it takes the first that it is told of.
 * @param own of the gateway's declaration, which holds where no option says otherwise
 */
export function placesOf({ bind, binds = {} }: Pick<ConsulOptions, "bind" | "binds">, own: Place): readonly Place[] {
  const all = [...(bind === undefined ? [] : [bind]), ...inOrder(binds).map(([, each]) => each)];
  return all.length === 0 ? [own] : all;
}
