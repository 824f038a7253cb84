// Where a gateway listens and which address its callers are told: flags as `consul connect envoy` has them. Pure.

import { BIND_ADDRESS, BIND_PORT } from "../../../model/defaults";
import type { Issue, Result } from "../../../model/issues";
import { isHostname, isIpAddress } from "../../../model/validate/hosts";

export interface ExposureFlags {
  /** `host`, `host:port` or `[ipv6]:port`. */
  readonly address?: string;
  readonly wanAddress?: string;
  readonly port?: string;
  /** `ip`, `ip:port`, each with `name=` before it where there are several. */
  readonly bindAddress?: readonly string[];
}

interface Place {
  readonly address: string;
  readonly port?: number;
}

/** What was asked for; what is absent comes from the manifest or the defaults. */
export interface ExposureWish {
  readonly address?: Place;
  readonly wan?: Place;
  readonly port?: number;
  readonly binds: readonly (Place & { readonly name: string })[];
}

export interface Exposure {
  /** Sorted by name. */
  readonly binds: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  /** They were given by --bind-address. */
  readonly byFlags: boolean;
  /** What callers are told. */
  readonly address: string;
  readonly port: number;
  readonly wan?: { readonly address: string; readonly port: number };
}

export function parseExposure(flags: ExposureFlags): Result<ExposureWish> {
  const issues: Issue[] = [];
  const port = flags.port === undefined ? undefined : portOf(flags.port);
  if (flags.port !== undefined && port === undefined) issues.push(wrong("--port", flags.port, "a port, 1-65535"));
  const read = (path: string, text: string | undefined, hosts: boolean): Place | undefined => {
    if (text === undefined) return undefined;
    const place = placeOf(text);
    if (place !== undefined && (isIpAddress(place.address) || (hosts && isHostname(place.address)))) return place;
    issues.push(wrong(path, text, `${hosts ? "an IP address or hostname" : "an IP address of this host"}, with :port`));
    return undefined;
  };
  const address = read("--address", flags.address, true);
  const wan = read("--wan-address", flags.wanAddress, true);
  if (port !== undefined && address?.port !== undefined && address.port !== port) {
    const got = `${port}, and ${address.port} in --address`;
    issues.push({ path: "--port", got, allowed: "one port", hint: "leave one of them out" });
  }
  const binds = (flags.bindAddress ?? []).flatMap((text) => {
    const [, name = "default", rest = ""] = /^(?:([\w-]+)=)?(.*)$/.exec(text) ?? [];
    const place = read("--bind-address", rest, false);
    return place === undefined ? [] : [{ name, ...place }];
  });
  const names = binds.map(({ name }) => name);
  if (new Set(names).size < names.length) {
    const hint = "write each as name=ip:port";
    issues.push({ path: "--bind-address", got: "a name twice", allowed: "a name for each", hint });
  }
  if (issues.length > 0) return { ok: false, error: issues };
  const given = { ...(address && { address }), ...(wan && { wan }), ...(port !== undefined && { port }) };
  return { ok: true, value: { ...given, binds } };
}

/** `manifest`: the bind of the declaration, where there is one. Flags win over it. */
export function resolveExposure(wish: ExposureWish, manifest?: Required<Place>): Result<Exposure> {
  const port = wish.port ?? wish.address?.port ?? wish.binds[0]?.port ?? manifest?.port ?? BIND_PORT;
  const own = manifest?.address ?? wish.address?.address ?? BIND_ADDRESS;
  const declared = wish.port ?? manifest?.port ?? port;
  const places = wish.binds.length > 0 ? wish.binds : [{ name: "default", address: own, port: declared }];
  const binds = places
    .map((place) => ({ name: place.name, address: place.address, port: place.port ?? port }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const issues: Issue[] = [];
  if (binds.some(({ address }) => !isIpAddress(address))) {
    const hint = "say with --bind-address where to listen";
    issues.push({ path: "--address", got: `the hostname ${own}`, allowed: "an IP address to listen on", hint });
  }
  const address = wish.address?.address ?? binds[0]?.address ?? own;
  if (wish.address === undefined && isUnspecified(address)) {
    const hint = "say with --address how callers reach this host";
    issues.push({ path: "--address", got: `nothing, and it listens on ${address}`, allowed: "one address", hint });
  }
  if (issues.length > 0) return { ok: false, error: issues };
  const wan = wish.wan && { address: wish.wan.address, port: wish.wan.port ?? port };
  return { ok: true, value: { binds, byFlags: wish.binds.length > 0, address, port, ...(wan && { wan }) } };
}

function placeOf(text: string): Place | undefined {
  const [, ipv6, afterIpv6, host, afterHost] = /^(?:\[([^\]]+)\](?::(.*))?|([^:]+)(?::(.*))?)$/.exec(text) ?? [];
  if (isIpAddress(text)) return { address: text };
  const address = ipv6 ?? host;
  const written = afterIpv6 ?? afterHost;
  const port = written === undefined ? undefined : portOf(written);
  if (address === undefined || (written !== undefined && port === undefined)) return undefined;
  return { address, ...(port === undefined ? {} : { port }) };
}

function portOf(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65535 ? port : undefined;
}

function isUnspecified(address: string): boolean {
  return address === "0.0.0.0" || /^[0:]+$/.test(address);
}

function wrong(path: string, text: string, allowed: string): Issue {
  return { path, got: JSON.stringify(text), allowed, hint: "correct the flag" };
}
