// The session that speaks for this replica: as long as it renews it, peers leave the replica alone. Consul's servers count
// its time, so no clock of a host matters.

import type { Cancel, Clock, Logger, Random } from "../../ports";
import { readList, readObject, readOptionalText, readText } from "./decode/reading";
import { backOffMs, ConsulError, isPassing, reasonOf } from "./errors";
import type { ConsulHttp } from "./http";

export interface SessionOptions {
  readonly http: ConsulHttp;
  readonly node: string;
  /** 10-86400; Consul ends a session between one and two of these after its last renewal. */
  readonly ttlS: number;
  /** At most this from one renewal to the next. */
  readonly lookMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The session began or ended. */
  readonly onChange: () => void;
  /**
   * After each renewal: as often as the session is known to live. `unbroken`: renewals of this session since Consul failed last,
   * or was not asked for as long as a session lasts.
   */
  readonly onRenewed: (unbroken: number) => Promise<void>;
}

export interface Session {
  readonly id: string;
  readonly name: string;
}

export interface ReplicaSession {
  /** Undefined while there is none. */
  id(): string | undefined;
  /** Why there is none. */
  problem(): string | undefined;
  /** The node exists: a session can begin. Idempotent. */
  begin(): void;
  /** Ends it in Consul. */
  end(): Promise<void>;
  /** Renews no more. */
  stop(): void;
}

export function makeReplicaSession(options: SessionOptions): ReplicaSession {
  const { http, node, ttlS, lookMs, clock, random, log, onChange, onRenewed } = options;
  let session: string | undefined;
  let unbroken = 0;
  let renewedMs = 0;
  let failures = 0;
  let problem: string | undefined;
  let begun = false;
  let stopped = false;
  let cancel: Cancel = () => undefined;

  const renew = async (): Promise<void> => {
    if (session !== undefined) {
      // A 404 comes back as an empty answer: it has ended, whatever the reason.
      if ((await http.put(`/v1/session/renew/${session}`, {})) !== undefined) {
        const now = clock.now();
        unbroken = now - renewedMs > ttlS * 1000 ? 0 : unbroken + 1;
        renewedMs = now;
        return;
      }
      session = undefined;
    }
    unbroken = 0;
    session = await createSession(http, node, ttlS);
    renewedMs = clock.now();
    onChange();
  };

  const beat = async (): Promise<void> => {
    const before = session;
    let next = lookMs * (0.8 + 0.2 * random());
    try {
      await renew();
      failures = 0;
      problem = undefined;
      if (!stopped) await onRenewed(unbroken);
    } catch (error) {
      failures += 1;
      // Whoever failed here may have failed for others as well, and for longer.
      unbroken = 0;
      const category = error instanceof ConsulError ? error.category : "malformed";
      if (session === undefined && (failures > 1 || !isPassing(category))) {
        const reason = reasonOf(error, "its session", `session:write on "${node}"`);
        if (reason !== problem)
          log.warn("no session in Consul: killed hard, this replica would stay", { node, reason });
        problem = reason;
      }
      if (before !== undefined && session === undefined) onChange();
      next = Math.min(next, backOffMs(category, failures, random));
    }
    if (!stopped) cancel = clock.setTimer(next, () => void beat());
  };

  return {
    id: () => session,
    problem: () => problem,
    begin() {
      if (begun || stopped) return;
      begun = true;
      void beat();
    },
    async end() {
      if (session !== undefined) await http.put(`/v1/session/destroy/${session}`, {});
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** A session on this node that depends on nothing but its renewal. `name`: the node's, where it speaks for the replica. */
export async function createSession(http: ConsulHttp, node: string, ttlS: number, name = node): Promise<string> {
  // No NodeChecks: by default a session hangs on the check of an agent, which this node has not.
  const body = { Name: name, Node: node, NodeChecks: [], TTL: `${ttlS}s`, LockDelay: "0s", Behavior: "release" };
  return readText(readObject(await http.put("/v1/session/create", body), "session"), "ID", "session");
}

/** The sessions of a node that Consul's leader knows now; none as well where the token may not see them. */
export async function sessionsOf(http: ConsulHttp, node: string): Promise<readonly Session[]> {
  const path = `/v1/session/node/${encodeURIComponent(node)}`;
  const { body } = await http.get({ path, params: { consistent: "" } });
  return readList(body, "sessions", (item, at) => {
    const fields = readObject(item, at);
    return { id: readText(fields, "ID", at), name: readOptionalText(fields, "Name", at) ?? "" };
  });
}
