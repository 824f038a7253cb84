// `Proxy.Config` of the replica's own entry in the catalog, which somebody else may have written.

import { type Fields, readList, readObject } from "./decode/reading";
import { ConsulError } from "./errors";
import type { ConsulHttp } from "./http";

/**
 * {} where the entry has none, undefined where there is no entry. A transaction that only reads needs service:read alone and no
 * right on the node; `/v1/catalog/node` leaves out a service whose id is not its name.
 */
export async function readOwnProxyConfig(http: ConsulHttp, node: string, id: string): Promise<Fields | undefined> {
  try {
    return decode(await http.put("/v1/txn", [{ Service: { Verb: "get", Node: node, Service: { ID: id } } }]));
  } catch (error) {
    // A transaction about what is not there is refused as a whole.
    if (error instanceof ConsulError && error.category === "rejected") return undefined;
    throw error;
  }
}

function decode(body: unknown): Fields {
  const [found] = readList(readObject(body, "txn").Results, "txn.Results", readObject);
  const service = readObject(found?.Service ?? {}, "txn.Service");
  return readObject(readObject(service.Proxy ?? {}, "txn.Service.Proxy").Config ?? {}, "txn.Service.Proxy.Config");
}
