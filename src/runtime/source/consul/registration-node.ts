// Whose the node is that a replica wants for itself.

import { readList, readObject, readOptionalText } from "./decode/reading";
import type { ConsulHttp } from "./http";
import { NODE_MARK } from "./registration-body";

export interface SeenNode {
  /** An agent runs it. */
  readonly agent: boolean;
  /** Its checks; none where the node may not be read. */
  readonly checks: readonly unknown[];
  /** The gateway that made it for itself, "" where something else made it; absent where there is none, or none to be seen. */
  readonly owner?: string;
}

/** What the token shows of the node; a node that it may not read looks absent. */
export async function lookAtNode(http: ConsulHttp, node: string): Promise<SeenNode> {
  const name = encodeURIComponent(node);
  const [found, health] = await Promise.all([
    http.read({ path: `/v1/catalog/node/${name}` }),
    http.read({ path: `/v1/health/node/${name}` }),
  ]);
  const checks = readList(health.body, "checks", (item, path) => readObject(item, path).CheckID);
  // Every agent's node has this check, and no other node has it.
  const agent = checks.includes("serfHealth");
  if (found.body === null || found.body === undefined) return { agent, checks };
  const { Meta } = readObject(readObject(found.body, "node").Node, "node.Node");
  return {
    ...{ agent, checks },
    owner: readOptionalText(readObject(Meta ?? {}, "node.Node.Meta"), NODE_MARK, "node.Node.Meta") ?? "",
  };
}
