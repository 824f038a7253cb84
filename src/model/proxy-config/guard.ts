// Judges what users add to Envoy's bootstrap: whatever would go round mutual TLS and intentions, or reach the gateway's
// secrets and private sockets, is refused with the reason; the rest stays.

import { isPublic as isPublicOn, overlaps } from "../ip-range";
import type { Issue } from "../issues";
import { describe } from "../validate/describe";
import { isIpAddress } from "../validate/hosts";
import { DOWNSTREAM_TLS, OWN_CLUSTER, OWN_LISTENER } from "./guard-rules";
import { type GuardContext, type Judge, snake, typeOf, walk } from "./guard-walk";
import type { ProxyValues } from "./keys";
import type { JsonObject, JsonValue } from "./values";

export const NOWHERE: GuardContext = { binds: [], privatePaths: [], hostAddresses: [], allowPublic: true };

/** The static parts that are left, and why the others are not. */
export interface Guarded {
  readonly clusters: readonly JsonObject[];
  readonly listeners: readonly JsonObject[];
  readonly sinks: readonly JsonObject[];
  readonly tracing?: JsonObject;
  readonly issues: readonly Issue[];
}

/** @param path of the object that holds the options, for issues */
export function guardStatic(values: ProxyValues, context: GuardContext, path: string): Guarded {
  const issues: Issue[] = [];
  const names = new Set<string>();
  const keep = (key: string, list: readonly JsonObject[], rules: (each: JsonObject, judge: Judge) => void) =>
    list.filter((each, index) => {
      const before = issues.length;
      const at = `${path}.${key}${list.length === 1 ? "" : `[${index}]`}`;
      rules(each, {
        context,
        names,
        refuse: (field, got, hint) => void issues.push(issueOf(`${at}${field}`, got, hint)),
      });
      return issues.length === before;
    });
  // All names first: a cluster may lead to one that comes later.
  const all = values.envoy_extra_static_clusters_json ?? [];
  for (const { name } of all) if (typeof name === "string" && !OWN_CLUSTER.test(name)) names.add(name);
  const clusters = keep("envoy_extra_static_clusters_json", all, clusterRules);
  names.clear();
  for (const { name } of clusters) names.add(String(name));
  const listeners = keep(
    "envoy_extra_static_listeners_json",
    values.envoy_extra_static_listeners_json ?? [],
    listenerRules,
  );
  const sinks = keep("envoy_extra_stats_sinks_json", values.envoy_extra_stats_sinks_json ?? [], (each, judge) =>
    walk(each, "", judge),
  );
  const tracers = values.envoy_tracing_json === undefined ? [] : [values.envoy_tracing_json];
  const [tracing] = keep("envoy_tracing_json", tracers, (each, judge) => walk(each, "", judge));
  return { clusters, listeners, sinks, issues, ...(tracing === undefined ? {} : { tracing }) };
}

function issueOf(path: string, got: string, hint: string): Issue {
  return { path, got, allowed: "what leaves mutual TLS, intentions and the gateway's secrets alone", hint };
}

function clusterRules(cluster: JsonObject, judge: Judge): void {
  const { name, type } = snake(cluster);
  if (typeof name !== "string" || name === "") judge.refuse(".name", describe(name), "give it a name");
  else if (OWN_CLUSTER.test(name)) {
    judge.refuse(".name", describe(name), "the gateway's own clusters are called so: it would be taken for one");
  }
  if (type !== undefined && !["STATIC", "STRICT_DNS", "LOGICAL_DNS"].includes(String(type))) {
    judge.refuse(".type", describe(type), "its endpoints must be written down: STATIC, STRICT_DNS or LOGICAL_DNS");
  }
  walk(cluster, "", judge);
}

function listenerRules(listener: JsonObject, judge: Judge): void {
  const fields = snake(listener);
  const { name, address, additional_addresses: more, filter_chains: chains, default_filter_chain: last } = fields;
  if (typeof name === "string" && OWN_LISTENER.test(name)) {
    judge.refuse(".name", describe(name), "the gateway's own listeners are called so");
  }
  const chainList = [...(Array.isArray(chains) ? chains : []), ...(last === undefined ? [] : [last])];
  const isTls = chainList.length > 0 && chainList.every(hasTls);
  const addresses = [address, ...(Array.isArray(more) ? more.map((each) => snake(each).address) : [])];
  for (const each of addresses) placeRules(each, isTls, judge);
  walk(listener, "", judge);
}

function placeRules(value: JsonValue | undefined, isTls: boolean, { context, refuse }: Judge): void {
  const { socket_address: socket } = snake(value);
  const { address, port_value: port, protocol } = snake(socket);
  if (typeof address !== "string" || !isIpAddress(address) || typeof port !== "number") {
    refuse(".address", describe(value), "write it as a socket_address with an IP address and a port_value");
    return;
  }
  if (protocol !== undefined && protocol !== "TCP") {
    refuse(".address", describe(protocol), "only TCP listeners are checked");
  }
  const isPublic = isPublicOn(address, context.hostAddresses);
  if (isPublic && !isTls) {
    refuse(".address", "a public address without TLS", "give every filter chain TLS, or take a private address");
  } else if (isPublic && !context.allowPublic) {
    refuse(".address", "a public address", "allow it with --allow-public-bind, or bind.allowPublic of the declaration");
  }
  if (context.binds.some((bind) => overlaps(bind, { address, port }))) {
    refuse(".address", `the gateway's own port ${port}`, "half of the callers would reach it instead of the gateway");
  }
}

function hasTls(chain: JsonValue): boolean {
  const { typed_config: config } = snake(snake(chain).transport_socket);
  return typeOf(snake(config)) === DOWNSTREAM_TLS;
}
