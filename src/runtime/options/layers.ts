// The same option from several places: the nearest to the gateway wins, key by key; what is wrong in one place is left out
// there, or stays what it was. Pure.

import type { Issue } from "../../model/issues";
import type { ProxyKey, ProxyValues } from "../../model/proxy-config/keys";
import { readProxyConfig } from "../../model/proxy-config/read";

export interface Layer {
  /** Of the object, in issues: `proxy-defaults.Config`. */
  readonly path: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** It is written for every proxy: keys of others are no mistake. */
  readonly shared?: boolean;
}

export interface Said extends Issue {
  /** An `info` is as it should be, and still worth a word. */
  readonly level: "info" | "warn" | "error";
}

export interface Merged {
  readonly values: ProxyValues;
  /** Where each value comes from. */
  readonly paths: { readonly [K in ProxyKey]?: string };
  /** What each layer said last that was right. */
  readonly good: ReadonlyMap<string, ProxyValues>;
  readonly said: readonly Said[];
}

/** @param layers the first wins */
export function mergeLayers(layers: readonly Layer[], before?: Merged): Merged {
  const good = new Map<string, ProxyValues>();
  const said: Said[] = [];
  const values: Record<string, unknown> = {};
  const paths: Record<string, string> = {};
  for (const { path, config, shared = false } of layers) {
    const read = readProxyConfig(config, path);
    const last = before?.good.get(path) ?? {};
    const kept = read.mistakes.flatMap(({ key }) => (key in last ? [[key, last[key as ProxyKey]] as const] : []));
    const own: ProxyValues = { ...read.values, ...Object.fromEntries(kept) };
    good.set(path, own);
    for (const { key, ...issue } of read.mistakes) {
      said.push({ ...issue, level: "error", hint: key in last ? "its last good value stays" : issue.hint });
    }
    for (const issue of read.notTaken) said.push({ ...issue, level: shared ? "info" : "warn" });
    // Others read what is written for every proxy; only what looks like ours is worth a word.
    for (const issue of read.unknown) {
      if (!shared || issue.path.includes(".envoy_gateway_")) said.push({ ...issue, level: "warn" });
    }
    for (const [key, value] of Object.entries(own)) {
      if (key in values) continue;
      values[key] = value;
      paths[key] = path;
    }
  }
  return { values: values as ProxyValues, paths, good, said };
}
