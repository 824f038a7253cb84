// Which gateway is launched: one that a manifest declares, or one that is declared in Consul alone; and whether its place
// fits it.

import { BIND_ADDRESS, BIND_PORT } from "../model/defaults";
import type { GatewayModel } from "../model/gateway";
import type { Issue, Result } from "../model/issues";
import { decodeManifest } from "../model/manifest-decode";
import type { Place } from "../model/place";
import { CALLER_NAME } from "../model/validate/names";
import { type ConsulOptions, placesOf } from "./consul-options";
import type { LaunchedGateway } from "./options";
import type { Rule } from "./rules";
import { type Told, toldOf } from "./told";

/** A gateway that is declared in Consul alone, by the config entry of this name. */
export interface GatewayInConsul {
  readonly gatewayName: string;
}

/** A gateway, and what callers are told of it. */
export interface Placed {
  readonly gateway: LaunchedGateway;
  readonly told: Told;
  /** Where it listens, first the one that callers are told where they are told none. */
  readonly bindAddresses: readonly string[];
  /** What callers are told where they are told another address. */
  readonly address?: string;
}

/** What a place asks of a gateway. */
export interface Limits {
  /** Whether the process has a loopback interface of its own. */
  readonly isContainer?: boolean;
  /** Bytes of manifest that the place can hold. */
  readonly mostManifestBytes?: number;
  readonly name?: Rule;
}

/** `source`: the text of a manifest, or a gateway in Consul. `consul` is right, or undefined. */
export function place(source: string | GatewayInConsul, consul: ConsulOptions | undefined): Result<Placed> {
  const known = typeof source === "string" ? declared(source) : inConsul(source);
  if (!known.ok) return known;
  const { bind: own, told, ...gateway } = known.value;
  const places = placesOf(consul ?? {}, own);
  const [bindPort = own.port, ...morePorts] = new Set(places.map(({ port }) => port));
  // What is followed in Consul is on no disk.
  const isFollowed = told.followed !== undefined || consul?.manifestKv !== undefined;
  const carried = isFollowed ? { readsManifest: false, manifest: "" } : {};
  const address = consul?.address === undefined ? {} : { address: consul.address };
  const launched = { ...gateway, ...carried, bindPort, ...(morePorts.length === 0 ? {} : { morePorts }) };
  return { ok: true, value: { gateway: launched, bindAddresses: toldAddresses(consul, own), told, ...address } };
}

/** As the process sorts them: by name, and what has none is `default`. */
function toldAddresses({ bind, binds = {} }: Partial<ConsulOptions> = {}, own: Place): readonly string[] {
  const named = Object.entries({ ...(bind && { default: bind }), ...binds }).sort(([a], [b]) => (a < b ? -1 : 1));
  return named.length === 0 ? [own.address] : named.map(([, { address }]) => address);
}

/** Why the place does not hold the gateway, or callers would not reach it there. */
export function placeIssues({ gateway, bindAddresses }: Placed, limits: Limits): readonly Issue[] {
  const { isContainer = false, mostManifestBytes = Number.POSITIVE_INFINITY, name } = limits;
  const issues: Issue[] = [...(name?.(gateway.gatewayName, "gateway.name") ?? [])];
  if (isContainer && bindAddresses.every((each) => each === "::1" || each.startsWith("127."))) {
    const hint = "in a container this is reached by nobody: bind 0.0.0.0";
    const got = bindAddresses.join(" and ");
    issues.push({ path: "gateway.bind.address", got, allowed: "an address that others reach", hint });
  }
  const bytes = new TextEncoder().encode(gateway.manifest).length;
  if (bytes > mostManifestBytes) {
    const hint = "divide the services among several gateways";
    issues.push({ path: "manifest", got: `${bytes} bytes`, allowed: `at most ${mostManifestBytes} bytes`, hint });
  }
  return issues;
}

/** The runtime would not start: it registers where it can be reached. */
export function registrationIssues({ bindAddresses, address }: Placed): readonly Issue[] {
  const [bindAddress = ""] = bindAddresses;
  if (address !== undefined || (bindAddress !== "0.0.0.0" && !/^[0:]+$/.test(bindAddress))) return [];
  const got = `nothing, and it listens on ${bindAddress}`;
  return [{ path: "consul.address", got, allowed: "one address", hint: "say how callers reach the gateway" }];
}

type Known = Omit<LaunchedGateway, "bindPort"> & {
  readonly bind: NonNullable<ConsulOptions["bind"]>;
  readonly told: Told;
};

function declared(manifest: string): Result<Known> {
  const decoded = decode(manifest);
  if (!decoded.ok) return decoded;
  const { name: gatewayName, bind } = decoded.value;
  return { ok: true, value: { gatewayName, bind, readsManifest: true, manifest, told: toldOf(decoded.value) } };
}

function inConsul({ gatewayName }: GatewayInConsul): Result<Known> {
  if (typeof gatewayName !== "string" || !CALLER_NAME.test(gatewayName)) {
    const allowed = "the name of a terminating-gateway config entry";
    const issue = { path: "gatewayName", got: "another name", allowed, hint: "name the gateway to run" };
    return { ok: false, error: [issue] };
  }
  const bind = { address: BIND_ADDRESS, port: BIND_PORT };
  return { ok: true, value: { gatewayName, bind, readsManifest: false, manifest: "", told: {} } };
}

function decode(manifest: string): Result<GatewayModel<string>> {
  let value: unknown;
  try {
    value = JSON.parse(manifest);
  } catch {
    // The parser's message quotes the text, which may hold secrets: it is not passed on.
    const issue = { path: "manifest", got: "text that is not JSON", allowed: "a manifest", hint: "synthesise it anew" };
    return { ok: false, error: [issue] };
  }
  return decodeManifest(value);
}
