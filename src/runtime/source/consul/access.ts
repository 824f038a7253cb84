// How Consul servers are reached: addresses, token, TLS, place. Parsing is pure; nothing here opens anything.

import type { Issue, Result } from "../../../model/issues";
import { formatPlace } from "../../../model/place";

export type ConsulAddress =
  | {
      readonly scheme: "http" | "https";
      readonly host: string;
      readonly port: number;
      /** The one of the host's addresses that is meant. @default - any */
      readonly ip?: string;
    }
  | { readonly scheme: "unix"; readonly path: string };

/** PEM texts, not paths. */
export interface ConsulTls {
  /** CAs that may sign a server's certificate. @default - the system's */
  readonly caPem?: string;
  /** Client certificate and its key: both or none. */
  readonly certPem?: string;
  readonly keyPem?: string;
  /** Name that the server's certificate must carry, as `server.dc1.consul`. @default - the address's host */
  readonly serverName?: string;
}

export interface ConsulAccess {
  /** HTTP API of servers of one datacenter; at least one. */
  readonly addresses: readonly ConsulAddress[];
  /** All addresses of the names among them, followed. @default - `addresses` as they are */
  readonly discovery?: ConsulDiscovery;
  /** Asked before every request, so that a rotated token counts at once; may be waited for. Undefined: anonymous. */
  readonly token: () => string | undefined | Promise<string>;
  /** Told of a token that Consul does not know. @default - nobody is */
  readonly refused?: (token: string) => void;
  /** Asked before every request: the same object while nothing changed. @default - the system's CAs, no certificate of ours */
  readonly tls?: () => ConsulTls;
  /** @default - the datacenter of the server that answers */
  readonly datacenter?: string;
  /** Enterprise; never sent when absent, as the community edition refuses it. */
  readonly namespace?: string;
  readonly partition?: string;
  /** Fetch leaf certificates, which come with their keys, over plaintext from another host. @default false */
  readonly allowPlaintextLeaves?: boolean;
}

export interface ConsulDiscovery {
  addresses(): readonly ConsulAddress[];
  /** `onChange` is called when they changed, until the result is. */
  follow(onChange: () => void): () => void;
}

/** Consul's own default ports. */
const HTTP_PORT = 8500;
const HTTPS_PORT = 8501;

/**
 * Reads what CONSUL_HTTP_ADDR may hold: `host`, `host:port`, `http://…`, `https://…`, `unix:///path`.
 * `defaultScheme` is what a bare host means (CONSUL_HTTP_SSL).
 */
export function parseConsulAddress(
  text: string,
  defaultScheme: "http" | "https" = "http",
): Result<ConsulAddress, Issue> {
  if (text.startsWith("unix://")) {
    const path = text.slice("unix://".length);
    return path.startsWith("/") ? { ok: true, value: { scheme: "unix", path } } : { ok: false, error: refuse(text) };
  }
  const url = parseUrl(/^[a-z]+:\/\//.test(text) ? text : `${defaultScheme}://${text}`);
  if (url === undefined || url.hostname === "") return { ok: false, error: refuse(text) };
  const scheme = url.protocol === "https:" ? "https" : url.protocol === "http:" ? "http" : undefined;
  const bare = url.pathname.replace(/\/$/, "") === "" && url.search === "" && url.hash === "";
  if (scheme === undefined || !bare || url.username !== "" || url.password !== "") {
    return { ok: false, error: refuse(text) };
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const written = /:(\d+)\/?$/.exec(text)?.[1];
  const port = written === undefined ? (scheme === "https" ? HTTPS_PORT : HTTP_PORT) : Number(written);
  return { ok: true, value: { scheme, host, port } };
}

/** The address as people write it. */
export function formatConsulAddress(address: ConsulAddress): string {
  if (address.scheme === "unix") return `unix://${address.path}`;
  return `${address.scheme}://${formatPlace({ address: address.host, port: address.port })}`;
}

/** The name of a server in logs and reasons. */
export function serverName(address: ConsulAddress): string {
  const name = formatConsulAddress(address);
  return address.scheme !== "unix" && address.ip !== undefined ? `${name} (${address.ip})` : name;
}

/** Whether what is said to this address stays on this host or is encrypted. */
export function isPrivate(address: ConsulAddress): boolean {
  if (address.scheme !== "http") return true;
  return address.host === "localhost" || address.host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(address.host);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** The text may hold a password, so it is not repeated. */
function refuse(text: string): Issue {
  return {
    path: "consul address",
    got: `${text.length} characters that are no such address`,
    allowed: "host:port, http://host:port, https://host:port or unix:///path",
    hint: "give the HTTP API address of a Consul server, with no path, user or password",
  };
}
