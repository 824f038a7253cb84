// Takes dead replicas of the same gateway off the catalog: a peer without a session becomes critical, and is removed when it
// stays away. Any session of its own on its node counts, also one that its check does not name yet: a live replica makes one
// before it writes anything. Only a replica that serves and whose own session is unbroken judges others: when Consul was away,
// or this process stood still, every session may have ended, and nobody is to blame.

import type { Logger } from "../../ports";
import type { ConsulAccess } from "./access";
import { ConsulError } from "./errors";
import type { ConsulHttp } from "./http";
import { NODE_MARK, tenancyOf } from "./registration-body";
import { type Peer, readPeers, renderCritical } from "./registration-peers";
import { createSession, type Session, sessionsOf } from "./registration-session";

export interface ReaperOptions {
  readonly http: ConsulHttp;
  readonly access: Pick<ConsulAccess, "namespace" | "partition">;
  readonly gateway: string;
  /** This replica's own. */
  readonly node: string;
  readonly log: Logger;
  readonly ttlS: number;
  /** Looks that this replica's own session must have lived through before it judges. */
  readonly graceLooks: number;
  /** Looks without a session after which a dead replica is removed. */
  readonly removeLooks: number;
}

/** One look may have raced with a replica that was just coming back. */
const LOOKS_TO_BE_SURE = 2;
/** Of the session that shows what the token sees; it speaks for nobody. */
const PROBE = "a look at who is gone";

/** The result looks at the peers once; `unbroken` is how many looks the own session has lived through. Rejects when Consul fails. */
export function makeReaper(options: ReaperOptions): (unbroken: number) => Promise<void> {
  const { http, access, gateway, node: self, log, ttlS, graceLooks, removeLooks } = options;
  const tenancy = tenancyOf(access);
  const partition = tenancyOf({ ...(access.partition && { partition: access.partition }) });
  let absent = new Map<string, number>();

  /** A token without the right reads "no sessions" as well: only beside what this very replica writes there does it count. */
  const isGone = async ({ node }: Peer): Promise<boolean> => {
    const probe = await createSession(http, node, ttlS, PROBE);
    try {
      const sessions = await sessionsOf(http, node);
      return sessions.some(({ id }) => id === probe) && !speaks(sessions, node);
    } finally {
      await http.put(`/v1/session/destroy/${probe}`, {});
    }
  };

  const judge = async (peer: Peer, looks: number): Promise<void> => {
    const { node, status, ownsNode } = peer;
    if (looks < LOOKS_TO_BE_SURE) return;
    if (status !== "critical") {
      if (!(await isGone(peer))) return;
      await http.put("/v1/txn", renderCritical(gateway, peer, self, tenancy));
      log.warn("a replica died, callers are sent elsewhere", { node });
    } else if (looks >= removeLooks && (await isGone(peer))) {
      await http.put("/v1/catalog/deregister", { Node: node, ...tenancy, ServiceID: node });
      if (ownsNode) await http.put("/v1/catalog/deregister", { Node: node, ...partition });
      log.info("a dead replica was removed from Consul", { node, [NODE_MARK]: gateway });
    }
  };

  return async (unbroken) => {
    if (unbroken < graceLooks) {
      absent = new Map();
      return;
    }
    const path = `/v1/health/service/${encodeURIComponent(gateway)}`;
    const peers = readPeers((await http.get({ path })).body, gateway, self);
    const now = new Map<string, number>();
    for (const peer of peers) {
      const { node, session } = peer;
      if (speaks(await sessionsOf(http, node), node)) continue;
      const looks = (absent.get(session) ?? 0) + 1;
      now.set(session, looks);
      await judge(peer, looks).catch((error) => {
        // It changed meanwhile, or the token has no right on it; the next look tells.
        const passing = error instanceof ConsulError && error.category === "rejected";
        if (!passing) log.debug("a dead replica was not taken off", { node, reason: String(error) });
      });
    }
    absent = now;
  };
}

/** Whether one of a node's sessions is that of its replica. */
function speaks(sessions: readonly Session[], node: string): boolean {
  return sessions.some(({ name }) => name === node);
}
