// A `Proxy.Config` as somebody wrote it → its options, every mistake, and what is known and not taken.

import { CONNECT_TIMEOUT_MS } from "../defaults";
import type { Issue } from "../issues";
import { describe } from "../validate/describe";
import { suggest } from "../validate/suggest";
import { ALIASES, NOT_TAKEN, PROXY_KEYS, type ProxyKey, type ProxyValues, READ_ELSEWHERE, READERS } from "./keys";

export interface ReadProxyConfig {
  readonly values: ProxyValues;
  /** Values that are wrong: these options are left out of `values`. */
  readonly mistakes: readonly (Issue & { readonly key: string })[];
  /** Keys that Consul's documentation lists and a terminating gateway does not take, with the reason. */
  readonly notTaken: readonly Issue[];
  /** Keys that nobody knows. */
  readonly unknown: readonly Issue[];
}

/** @param path of the object, for issues: `gateway.proxyConfig` */
export function readProxyConfig(config: Readonly<Record<string, unknown>>, path: string): ReadProxyConfig {
  const values: Record<string, unknown> = {};
  const mistakes: (Issue & { readonly key: string })[] = [];
  const notTaken: Issue[] = [];
  const unknown: Issue[] = [];
  for (const [name, value] of Object.entries(config)) {
    if (value === undefined || value === null || READ_ELSEWHERE.has(name)) continue;
    const at = `${path}.${name}`;
    const reason = Object.hasOwn(NOT_TAKEN, name) ? NOT_TAKEN[name] : undefined;
    const key = keyOf(name);
    if (reason !== undefined) {
      notTaken.push({ path: at, got: describe(value), allowed: "nothing on a terminating gateway", hint: reason });
    } else if (key === undefined) {
      const near = suggest(name, PROXY_KEYS);
      const hint = near === undefined ? "remove it or see the list of keys" : `did you mean "${near}"?`;
      unknown.push({ path: at, got: "an unknown name", allowed: PROXY_KEYS.join(", "), hint });
    } else if (key !== name && config[key] !== undefined) {
      // The newer name is there as well, and wins.
    } else {
      const { read, allowed } = READERS[key];
      const found = read(value);
      if (found === undefined) {
        mistakes.push({ key, path: at, got: describe(value), allowed, hint: "correct the value" });
      } else values[key] = found;
    }
  }
  return { values: values as ProxyValues, mistakes, notTaken, unknown };
}

/** Milliseconds that a TCP connect to a service may take which says nothing itself. */
export function connectTimeoutOf(config: object = {}): number {
  return readProxyConfig({ ...config }, "").values.connect_timeout_ms ?? CONNECT_TIMEOUT_MS;
}

function keyOf(name: string): ProxyKey | undefined {
  if (Object.hasOwn(ALIASES, name)) return ALIASES[name];
  return PROXY_KEYS.find((key) => key === name);
}
