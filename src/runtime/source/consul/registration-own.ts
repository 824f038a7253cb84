// The replica's own entry in the catalog as it is there, with `Proxy.Config` that somebody else may have written into it.

import { type Fields, readList, readObject } from "./decode/reading";
import { ConsulError } from "./errors";
import type { ConsulHttp } from "./http";

export interface OwnEntry {
  readonly service: Fields;
  /** {} where the entry has none. */
  readonly proxyConfig: Fields;
}

/**
 * Undefined where there is no entry. A transaction that only reads needs service:read alone and no right on the node;
 * `/v1/catalog/node` leaves out a service whose id is not its name.
 */
export async function readOwnEntry(http: ConsulHttp, node: string, id: string): Promise<OwnEntry | undefined> {
  try {
    return decode(await http.put("/v1/txn", [{ Service: { Verb: "get", Node: node, Service: { ID: id } } }]));
  } catch (error) {
    // A transaction about what is not there is refused as a whole.
    if (error instanceof ConsulError && error.category === "rejected") return undefined;
    throw error;
  }
}

function decode(body: unknown): OwnEntry {
  const [found] = readList(readObject(body, "txn").Results, "txn.Results", readObject);
  const service = readObject(found?.Service ?? {}, "txn.Service");
  const proxy = readObject(service.Proxy ?? {}, "txn.Service.Proxy");
  return { service, proxyConfig: readObject(proxy.Config ?? {}, "txn.Service.Proxy.Config") };
}

/** Whether what is there says all that is wished; what others added beside, as servers add virtual IPs, does not matter. */
export function says(found: unknown, wished: unknown): boolean {
  if (typeof wished !== "object" || wished === null) return found === wished;
  if (typeof found !== "object" || found === null) return false;
  return Object.entries(wished).every(([key, value]) => says((found as Fields)[key], value));
}
