// The state of a running gateway as data for people and programs: what `status` prints. Pure; holds no secret.

import { materialKeys, materialName } from "../snapshot/materials";
import type { GatewayState, Loaded } from "../snapshot/state";

export interface GatewayStatus extends SourceStatus {
  readonly gateway: string;
  readonly version: string;
  readonly source: "standalone" | "consul";
  /** ISO 8601, as every time here. */
  readonly startedAt: string;
  readonly envoy: EnvoyStatus;
  /** Sorted by name. */
  readonly services: readonly ServiceLine[];
}

/** What only the source knows. */
export interface SourceStatus {
  /** With Consul as source. */
  readonly consul?: ConsulStatus;
  /** With Consul as source. */
  readonly registration?: { readonly state: string; readonly reason?: string };
  /** With a manifest in Consul's KV store. */
  readonly manifest?: ManifestStatus;
  /** Where an auth method gives the token; `until`: when that expires. */
  readonly login?: { readonly state: string; readonly until?: string; readonly reason?: string };
  /** Options of the gateway that were refused or ignored, in whole or in part. */
  readonly options: readonly OptionLine[];
}

export interface ConsulStatus {
  /** `away`: no server answers, what was known goes on being served. `waiting`: none was asked yet. */
  readonly state: "waiting" | "connected" | "away";
  /** Of `away`: the first question without an answer since the last answer. */
  readonly since?: string;
  /** Of `away`: what went wrong. */
  readonly reason?: string;
  /** While the state on disk serves what Consul has not told since the start: when it was written, and since when it serves. */
  readonly lastGood?: { readonly of: string; readonly since: string };
}

export interface OptionLine {
  /** Where it was said and which it is, as `proxy-defaults.Config.connect_timeout_ms`. */
  readonly option: string;
  /** `error`: refused. `warn`: ignored. `info`: ignored, and right where it is. */
  readonly level: "info" | "warn" | "error";
  /** As "got a string, allowed 1-3600000; its last good value stays". */
  readonly reason: string;
}

export interface ManifestStatus {
  /** As "Consul key consul-terminating-gateway/egress". */
  readonly from: string;
  /**
   * `applied`: as it is in Consul. `kept`: the last good one serves, `reason` says why. `absent`: there is no such key.
   * `waiting`: none serves, `reason` says why.
   */
  readonly state: "applied" | "kept" | "absent" | "waiting";
  readonly reason?: string;
}

export interface EnvoyStatus {
  /** As the supervisor has it; `connected`, `silent` or `absent` for an Envoy that others start. */
  readonly state: string;
  readonly pid?: number;
  readonly version?: string;
}

export interface ServiceLine {
  readonly name: string;
  readonly state: "ready" | "waiting";
  /** Why it waits, or what is wrong although the last good state serves. */
  readonly reason?: string;
  /** Absent while they are not known. */
  readonly instances?: { readonly healthy: number; readonly total: number };
  /** When each certificate ends; what is not here yet is absent. */
  readonly certificates: { readonly leaf?: string; readonly ca?: string; readonly client?: string };
  /** When what is served of it last changed. */
  readonly changedAt?: string;
  /** Resources that Envoy refused since the start. */
  readonly nacks: number;
  readonly lastNack?: string;
}

/** What happened to a service since the start. */
export interface Past {
  readonly changedAtMs?: number;
  readonly nacks?: number;
  readonly lastNack?: string;
}

export interface StatusParts extends Omit<GatewayStatus, "startedAt" | "services"> {
  readonly startedAtMs: number;
  readonly services: readonly Pick<ServiceLine, "name" | "state" | "reason">[];
  readonly state: GatewayState;
  readonly pastOf: (service: string) => Past;
}

export function viewOf({ startedAtMs, services, state, pastOf, ...rest }: StatusParts): GatewayStatus {
  return {
    ...rest,
    startedAt: timeOf(startedAtMs),
    services: services.map((each) => ({ ...each, ...detailOf(state, pastOf(each.name), each.name) })),
  };
}

function detailOf(state: GatewayState, past: Past, name: string): Omit<ServiceLine, "name" | "state" | "reason"> {
  const service = state.services.get(name);
  const { changedAtMs, nacks = 0, lastNack } = past;
  const told = {
    ...(changedAtMs === undefined ? {} : { changedAt: timeOf(changedAtMs) }),
    nacks,
    ...(lastNack === undefined ? {} : { lastNack }),
  };
  if (service === undefined) return { certificates: {}, ...told };
  const certificates: Record<string, string> = {};
  const add = (kind: string, loaded: Loaded<{ readonly notAfterMs: number }> | undefined): void => {
    if (loaded?.at === "here") certificates[kind] = timeOf(loaded.value.notAfterMs);
  };
  add("leaf", service.leaf);
  for (const key of materialKeys(service.link.upstream)) add(key.kind, state.materials.get(materialName(key)));
  const instances = service.instances.at === "here" ? service.instances.value : undefined;
  const count = instances && { healthy: instances.filter(({ healthy }) => healthy).length, total: instances.length };
  return { ...(count && { instances: count }), certificates, ...told };
}

/** Whether every service is served and an Envoy serves: the exit code of `status`. */
export function isHealthy({ envoy, services }: GatewayStatus): boolean {
  return ["running", "connected"].includes(envoy.state) && services.every(({ state }) => state === "ready");
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
