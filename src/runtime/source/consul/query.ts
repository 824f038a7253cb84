// One question to Consul's HTTP API as data, and what is written on the wire for it. Pure.

import type { ConsulAccess } from "./access";
import { ConsulError } from "./errors";

export interface Query {
  readonly path: string;
  readonly params?: Readonly<Record<string, string | readonly string[]>>;
  /** Blocks until the server's index is above; absent or 0: answers at once. */
  readonly index?: number;
  /** At most how long it blocks. */
  readonly waitMs?: number;
  /** Any server may answer from what it has, leader or not. */
  readonly stale?: boolean;
  /** Never queued behind the others. */
  readonly priority?: boolean;
  readonly signal?: AbortSignal;
}

/** The request line's path of a query; it blocks when `waitMs` is above 0. What the query says of its place wins. */
export function pathOf({ datacenter, namespace, partition }: ConsulAccess, query: Query, waitMs: number): string {
  const params = new URLSearchParams();
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) params.set(name, value);
  };
  set("dc", datacenter);
  set("ns", namespace);
  set("partition", partition);
  for (const [name, value] of Object.entries(query.params ?? {})) {
    params.delete(name);
    for (const each of typeof value === "string" ? [value] : value) params.append(name, each);
  }
  if (waitMs > 0) {
    set("index", String(query.index));
    set("wait", `${Math.round(waitMs)}ms`);
  }
  if (query.stale === true) set("stale", "");
  const text = params.toString();
  return text === "" ? query.path : `${query.path}?${text}`;
}

/** The value of a JSON text; undefined for an empty one. */
export function parseBody(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ConsulError(
      "malformed",
      "Consul's answer is not JSON: cut off, or something else answers at its address",
    );
  }
}
