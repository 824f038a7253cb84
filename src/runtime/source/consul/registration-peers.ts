// The replicas of one gateway as its instances in the catalog tell of them, and what one of them writes about a dead one. Pure.

import { readList, readObject, readOptionalText, readText, readWhole } from "./decode/reading";
import { type CheckStatus, checkId, NODE_MARK, renderCheck, sessionNote } from "./registration-body";

export interface Peer {
  readonly node: string;
  /** Speaks for the replica: gone, the replica is dead. */
  readonly session: string;
  readonly status: CheckStatus | "warning";
  /** Of its check: a write at this index changes what was read, or nothing. */
  readonly checkIndex: number;
  /** It made the node for itself. */
  readonly ownsNode: boolean;
}

/**
 * The other replicas in an answer of /v1/health/service/<gateway> that keep a session. Whatever an agent looks after, or was
 * not registered in our way, is none of them.
 */
export function readPeers(body: unknown, gateway: string, self: string): readonly Peer[] {
  return readList(body, "instances", (entry, path) => {
    const { Node, Service, Checks } = readObject(entry, path);
    const node = readObject(Node, `${path}.Node`);
    const name = readText(node, "Node", `${path}.Node`);
    const id = readText(readObject(Service, `${path}.Service`), "ID", `${path}.Service`);
    const checks = readList(Checks, `${path}.Checks`, readObject);
    const check = checks.find(({ CheckID }) => CheckID === checkId(id));
    const agent = checks.some(({ CheckID }) => CheckID === "serfHealth");
    const note = check === undefined ? undefined : readOptionalText(check, "Notes", path);
    const session = /[\da-f-]{36}$/.exec(note ?? "")?.[0];
    if (name === self || id !== name || agent || check === undefined || session === undefined) return undefined;
    if (note !== sessionNote(session)) return undefined;
    return {
      ...{ node: name, session, status: readText(check, "Status", path) as Peer["status"] },
      checkIndex: readWhole(check, "ModifyIndex", path),
      ownsNode: node.Meta !== null && readObject(node.Meta ?? {}, path)[NODE_MARK] === gateway,
    };
  }).filter((peer) => peer !== undefined);
}

/**
 * Body of PUT /v1/txn that makes a dead replica critical, unless its check changed since it was read: a replica that came
 * back has written its new session into it.
 */
export function renderCritical(gateway: string, peer: Peer, by: string, tenancy: object): object {
  const { node, session, checkIndex } = peer;
  const check = renderCheck({ gateway, node }, "critical", session, `its session ended; seen by ${by}`);
  return [{ Check: { Verb: "cas", Check: { ...check, ...tenancy, ModifyIndex: checkIndex } } }];
}
