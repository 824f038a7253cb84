// What the options add to Envoy's bootstrap, judged: static parts, sinks, tags, tracing, and where metrics are read. Pure.

import { isPublic, overlaps } from "../../model/ip-range";
import type { Place } from "../../model/place";
import { guardStatic } from "../../model/proxy-config/guard";
import type { GuardContext } from "../../model/proxy-config/guard-walk";
import type { ProxyKey, ProxyValues } from "../../model/proxy-config/keys";
import { type JsonObject, place } from "../../model/proxy-config/values";
import type { StaticParts } from "../envoy/static-parts";
import { publicIssue } from "./binds";
import type { Merged, Said } from "./layers";

export interface StaticInputs extends GuardContext {
  /** Environment variables, for the addresses of sinks. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const METRICS = "type.googleapis.com/envoy.config.metrics.v3";
const SINKS = {
  envoy_statsd_url: { name: "envoy.stat_sinks.statsd", "@type": `${METRICS}.StatsdSink` },
  envoy_dogstatsd_url: { name: "envoy.stat_sinks.dog_statsd", "@type": `${METRICS}.DogStatsdSink` },
} as const;

export function staticParts(
  { values, paths }: Merged,
  inputs: StaticInputs,
): { readonly parts: StaticParts; readonly said: readonly Said[] } {
  const said: Said[] = [];
  const refuse = (key: ProxyKey, got: string, allowed: string, hint: string): void => {
    said.push({ level: "error", path: `${paths[key]}.${key}`, got, allowed, hint });
  };
  const guarded = guardStatic(values, inputs, "");
  for (const { path, ...issue } of guarded.issues) {
    const key = path.slice(1).split(/[.[]/)[0] as ProxyKey;
    said.push({ level: "error", path: `${paths[key]}${path}`, ...issue });
  }
  const urlSinks = Object.keys(SINKS).flatMap((key) => {
    const sink = sinkOf(key as keyof typeof SINKS, values, inputs.env);
    if (sink === "unreadable") {
      refuse(key as ProxyKey, "what names no address (not shown)", "udp://<ip>:<port> or unix:///<path>", "correct it");
      return [];
    }
    const { sinks, issues } = guardStatic(
      { envoy_extra_stats_sinks_json: sink === undefined ? [] : [sink] },
      inputs,
      "",
    );
    for (const { got, allowed, hint } of issues) refuse(key as ProxyKey, got, allowed, hint);
    return sinks;
  });
  const page = (key: "envoy_prometheus_bind_addr" | "envoy_stats_bind_addr"): Place | undefined => {
    const at = values[key];
    if (at === undefined) return undefined;
    const taken = inputs.binds.some((bind) => overlaps(bind, at)) || at.port === inputs.adminPort;
    if (!inputs.allowPublic && isPublic(at.address, inputs.hostAddresses)) {
      const { got, allowed, hint } = publicIssue(at);
      refuse(key, got, allowed, hint);
    } else if (taken)
      refuse(key, `port ${at.port}, which the gateway has`, "a free address and port", "choose another");
    else return at;
    return undefined;
  };
  const { tracing, clusters, listeners } = guarded;
  const [prometheus, statsPage] = [page("envoy_prometheus_bind_addr"), page("envoy_stats_bind_addr")];
  const stats = statsOf(values);
  const { envoy_stats_flush_interval: flushInterval } = values;
  return {
    said,
    parts: {
      ...{ clusters, listeners, sinks: [...guarded.sinks, ...urlSinks] },
      ...(tracing && { tracing }),
      ...(stats && { stats }),
      ...(flushInterval && { flushInterval }),
      ...(prometheus && { prometheus }),
      ...(statsPage && { statsPage }),
    } as StaticParts,
  };
}

/** Sockets that these parts open. */
export function socketsOf(parts: StaticParts): readonly (Place & { readonly by: string })[] {
  const { prometheus, statsPage, listeners } = parts;
  const own = listeners.flatMap((each) =>
    placesIn(each).map((at) => ({ ...at, by: `the static listener ${String(each.name ?? "")}` })),
  );
  const pages = [prometheus, statsPage].flatMap((at) => (at === undefined ? [] : [{ ...at, by: "the metrics page" }]));
  return [...own, ...pages];
}

/** Every socket_address in a listener's own fields; its clusters have theirs elsewhere. */
function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]): readonly Place[] => {
    if (key !== "socket_address" && key !== "socketAddress") return placesIn(each);
    const { address, port_value: port, portValue } = each as Record<string, unknown>;
    return [{ address: String(address), port: Number(port ?? portValue) }];
  });
}

/** `k=v` is a tag; a bare word is one of value 1, as in Consul. */
function statsOf(values: ProxyValues): JsonObject | undefined {
  const { envoy_stats_config_json: config, envoy_stats_tags: tags = [] } = values;
  if (tags.length === 0) return config;
  const fixed = tags.map((tag): JsonObject => {
    const [name = "", ...rest] = tag.split("=");
    return { tag_name: name, fixed_value: rest.length === 0 ? "1" : rest.join("=") };
  });
  const given = config?.stats_tags;
  return { ...config, stats_tags: [...(Array.isArray(given) ? given : []), ...fixed] };
}

function sinkOf(
  key: keyof typeof SINKS,
  { [key]: url }: ProxyValues,
  env: StaticInputs["env"],
): JsonObject | "unreadable" | undefined {
  if (url === undefined) return undefined;
  const text = expand(url, env);
  const { name, "@type": type } = SINKS[key];
  const sink = (address: JsonObject): JsonObject => ({ name, typed_config: { "@type": type, address } });
  const path = /^unix:\/\/(\/\S+)$/.exec(text)?.[1];
  if (path !== undefined) return sink({ pipe: { path } });
  const at = place.read(/^udp:\/\/(\S+)$/.exec(text)?.[1]);
  if (at === undefined) return "unreadable";
  return sink({ socket_address: { protocol: "UDP", address: at.address, port_value: at.port } });
}

/** As a whole, or where only an IP address fits: so that no other variable shows up in a path. */
function expand(url: string, env: StaticInputs["env"]): string {
  const whole = /^\$\{?(\w+)\}?$/.exec(url)?.[1];
  if (whole !== undefined) return env[whole] ?? "";
  return url.startsWith("udp://") ? url.replace(/\$\{?(\w+)\}?/, (_, name: string) => env[name] ?? "") : url;
}
