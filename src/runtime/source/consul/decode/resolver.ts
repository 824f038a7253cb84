// JSON of service-resolver entries → timeouts, subsets and load balancing of a service. Redirects, failover and the routing
// to subsets are the callers' proxies' business.

import type { HashPolicy, LoadBalancer } from "../../../snapshot/state";
import { type ByService, keyOf } from "./config";
import { type Fields, readDurationMs, readFlag, readList, readObject, readOptionalText, readWhole } from "./reading";

/** Which instances: those that the server's filter lets through, "" for all. `onlyPassing`: a warning is a failure. */
export interface Selection {
  readonly filter: string;
  readonly onlyPassing: boolean;
}

/** The instances of callers that name no subset, and of those that name one; sorted by name. */
export interface Selections {
  readonly unnamed: Selection;
  readonly subsets: readonly (Selection & { readonly name: string })[];
}

export interface Resolver {
  /** 0: not set. */
  readonly connectTimeoutMs: number;
  /** 0: not set. */
  readonly requestTimeoutMs: number;
  readonly loadBalancer?: LoadBalancer;
  readonly selections: Selections;
}

/** What a service without a resolver has. */
export const EVERY_INSTANCE: Selections = { unnamed: { filter: "", onlyPassing: false }, subsets: [] };

/** Envoy's own bounds. */
const LARGEST_RING = 8_388_608;
const SMALLEST_DEFAULT_RING = 1024;

/** GET /v1/config/service-resolver, by service key. */
export function decodeResolvers(body: unknown): ByService<Resolver> {
  return readList(body, "service-resolver", (item, path) => {
    const fields = readObject(item, path);
    const loadBalancer = readLoadBalancer(fields.LoadBalancer, `${path}.LoadBalancer`);
    const resolver: Resolver = {
      connectTimeoutMs: readDurationMs(fields, "ConnectTimeout", path),
      requestTimeoutMs: readDurationMs(fields, "RequestTimeout", path),
      ...(loadBalancer === undefined ? {} : { loadBalancer }),
      selections: readSelections(fields, path),
    };
    return [keyOf(fields, path), resolver] as const;
  });
}

/** Consul refuses a default subset that is none of the subsets. */
function readSelections(fields: Fields, path: string): Selections {
  const all = Object.entries(readOptionalObject(fields.Subsets, `${path}.Subsets`));
  const subsets = all.map(([name, value]) => {
    const at = `${path}.Subsets[${name}]`;
    const subset = readObject(value, at);
    const filter = readOptionalText(subset, "Filter", at) ?? "";
    return { name, filter, onlyPassing: readFlag(subset, "OnlyPassing", at, false) };
  });
  const chosen = subsets.find(({ name }) => name === readOptionalText(fields, "DefaultSubset", path));
  const unnamed = chosen && { filter: chosen.filter, onlyPassing: chosen.onlyPassing };
  return {
    unnamed: unnamed ?? EVERY_INSTANCE.unnamed,
    subsets: subsets.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Undefined for round robin, and for a policy of a server that is newer than we are. */
function readLoadBalancer(value: unknown, path: string): LoadBalancer | undefined {
  const fields = readOptionalObject(value, path);
  const hash = readList(fields.HashPolicies, `${path}.HashPolicies`, readHashPolicy).flat();
  switch (readOptionalText(fields, "Policy", path)) {
    case "random":
      return { policy: "random" };
    case "maglev":
      return { policy: "maglev", hash };
    case "least_request": {
      const choiceCount = readCount(fields.LeastRequestConfig, "ChoiceCount", path);
      return { policy: "least_request", ...(choiceCount >= 2 ? { choiceCount } : {}) };
    }
    case "ring_hash":
      return { policy: "ring_hash", ...readRing(fields.RingHashConfig, path), hash };
    default:
      return undefined;
  }
}

/** Sizes that Envoy takes: it would refuse the cluster otherwise. */
function readRing(
  value: unknown,
  path: string,
): { readonly minimumRingSize?: number; readonly maximumRingSize?: number } {
  const most = Math.min(readCount(value, "MaximumRingSize", path) || LARGEST_RING, LARGEST_RING);
  const least = Math.min(readCount(value, "MinimumRingSize", path) || SMALLEST_DEFAULT_RING, most);
  return {
    ...(least === SMALLEST_DEFAULT_RING ? {} : { minimumRingSize: least }),
    ...(most === LARGEST_RING ? {} : { maximumRingSize: most }),
  };
}

function readHashPolicy(item: unknown, path: string): readonly HashPolicy[] {
  const fields = readObject(item, path);
  const name = readOptionalText(fields, "FieldValue", path);
  const terminal = readFlag(fields, "Terminal", path, false);
  if (readFlag(fields, "SourceIP", path, false)) return [{ by: "source", terminal }];
  if (name === undefined) return [];
  switch (readOptionalText(fields, "Field", path)) {
    case "header":
      return [{ by: "header", name, terminal }];
    case "query_parameter":
      return [{ by: "query", name, terminal }];
    case "cookie":
      return [{ by: "cookie", name, terminal, ...readCookie(fields.CookieConfig, `${path}.CookieConfig`) }];
    default:
      return [];
  }
}

function readCookie(value: unknown, path: string): { readonly path?: string; readonly ttlMs?: number } {
  const fields = readOptionalObject(value, path);
  const cookiePath = readOptionalText(fields, "Path", path);
  const ttlMs = readDurationMs(fields, "TTL", path);
  const isMade = ttlMs > 0 || readFlag(fields, "Session", path, false);
  return { ...(cookiePath === undefined ? {} : { path: cookiePath }), ...(isMade ? { ttlMs } : {}) };
}

/** 0 where it is not set. */
function readCount(value: unknown, key: string, path: string): number {
  const fields = readOptionalObject(value, path);
  return fields[key] === undefined || fields[key] === null ? 0 : readWhole(fields, key, path);
}

function readOptionalObject(value: unknown, path: string): Fields {
  return value === undefined || value === null ? {} : readObject(value, path);
}
