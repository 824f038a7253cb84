// Where the gateway listens: its own address, tagged ones, further ones by name. Pure.

import { isPublic, overlaps, rangeOf } from "../../model/ip-range";
import type { Issue } from "../../model/issues";
import { formatPlace, type Place } from "../../model/place";
import type { ProxyValues } from "../../model/proxy-config/keys";
import { isIpAddress } from "../../model/validate/hosts";
import type { GatewayIdentity } from "../snapshot/state";
import type { Said } from "./layers";

type Bind = GatewayIdentity["binds"][number];

export interface BindInputs {
  /** Those of the flags or the declaration; `envoy_gateway_no_default_bind` takes them away. */
  readonly own: readonly Bind[];
  /** What callers are told, by tag. */
  readonly tagged: Readonly<Record<string, Place>>;
  /** Addresses of the host. */
  readonly hostAddresses: readonly string[];
  readonly allowPublic: boolean;
  /** Sockets of this Envoy that are no listeners of the gateway: static listeners, the admin interface. */
  readonly taken: readonly (Place & { readonly by: string })[];
}

/** Sorted by name, each address and port once, as Consul does. What may not be listened on stays what it was `before`. */
export function bindsOf(
  values: ProxyValues,
  inputs: BindInputs,
  before: readonly Bind[] = [],
): { readonly binds: readonly Bind[]; readonly said: readonly Said[] } {
  const said: Said[] = [];
  const tagged = Object.entries(inputs.tagged).map(([name, place]) => ({ name, ...place }));
  const wanted = [
    ...(values.envoy_gateway_no_default_bind === true ? [] : inputs.own),
    ...(values.envoy_gateway_bind_tagged_addresses === true ? tagged : []),
    ...(values.envoy_gateway_bind_addresses ?? []),
  ];
  const allowed = wanted.flatMap((bind) => {
    const issue = problemOf(bind, inputs);
    if (issue === undefined) return [bind];
    said.push(issue);
    return before.filter(({ name }) => name === bind.name);
  });
  const binds: Bind[] = [];
  for (const { name, address, port } of [...allowed].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))) {
    const isThere = binds.some((each) => each.address === address && each.port === port);
    if (!isThere) binds.push({ name, address, port });
  }
  if (binds.length === 0) {
    const hint = "say where to listen, or leave envoy_gateway_no_default_bind out";
    said.push({ level: "error", path: "the gateway", got: "no address to listen on", allowed: "one at least", hint });
  }
  return { binds, said };
}

function problemOf(bind: Bind, { hostAddresses, allowPublic, taken }: BindInputs): Said | undefined {
  const path = `the bind "${bind.name}"`;
  if (!isIpAddress(bind.address)) {
    const hint = "write an IP address, or name it with --bind-address";
    return { level: "error", path, got: `the hostname ${bind.address}`, allowed: "an IP address of this host", hint };
  }
  if (!allowPublic && isPublic(bind.address, hostAddresses)) return { level: "error", path, ...publicIssue(bind) };
  const other = taken.find((each) => overlaps(each, bind));
  if (other === undefined) return undefined;
  const got = `${formatPlace(bind)}, which ${other.by} has`;
  return { level: "error", path, got, allowed: "a free address and port", hint: "choose another" };
}

/** For a socket that anybody on the internet may reach. */
export function publicIssue(place: Place): Pick<Issue, "got" | "allowed" | "hint"> {
  const isAny = rangeOf(place.address) === "any";
  const at = formatPlace(place);
  return {
    got: isAny ? `${at} on a host with a public address` : `the public address ${at}`,
    allowed: "a loopback or private address, or a word that allows it",
    hint: "if anybody on the internet may try to connect, say --allow-public-bind, or bind.allowPublic in the declaration",
  };
}
