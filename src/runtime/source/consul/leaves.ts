// Keeps a leaf certificate for every linked service. Leaves live in the agent of the server that gave them; all questions
// go to one server while it answers, and another one makes new leaves when they are due. The old leaf serves until then.

import { setMaxListeners } from "node:events";
import { makeAlarm } from "../alarm";
import { type Gate, makeGate } from "../gate";
import { isPrivate } from "./access";
import { type DecodedLeaf, decodeLeaf } from "./decode/connect";
import { backOffMs, ConsulError, isPassing, reasonOf } from "./errors";
import { type CheckedLeaf, checkLeaf, isSignedBy } from "./leaf-check";
import { renewalMs, retryMs } from "./leaf-times";
import { nameOf, placeOf } from "./place";
import type { Server } from "./servers";
import type { WatchPorts } from "./watch-ports";

/** A server lets a signing request wait half a second and signs 50 a second: more than about 25 at once are refused. */
const IN_FLIGHT = 20;
/** Most that block at once for a newer leaf; the server signs them over half a minute. */
const BLOCKING = 500;
/** How long one question for a newer leaf blocks: old servers show it to blocking questions only. */
const BLOCK_MS = 10_000;
/** Newer servers show a leaf of the new root to plain questions within two seconds, and to blocking ones within thirty. */
const PLAIN_TRIES = 5;

export interface LeavesOptions extends WatchPorts {
  readonly allowPlaintext: boolean;
}

export interface Leaves {
  /** The complete list of services; what is missing is forgotten. */
  want(services: readonly string[]): void;
  /** Certificates that sign leaves now, PEM: a leaf that none of them signed is replaced. */
  setSigners(signers: readonly string[]): void;
  stop(): void;
}

interface Kept {
  leaf?: DecodedLeaf & CheckedLeaf & { readonly server: Server };
  dueMs: number;
  failures: number;
  /** Told, and not over yet. */
  problem?: string;
  /** Questions in a row that brought the leaf we have. */
  unchanged: number;
  busy: boolean;
}

export function startLeaves(options: LeavesOptions): Leaves {
  const { http, clock, random, emit, enterprise, allowPlaintext } = options;
  const kept = new Map<string, Kept>();
  const gate = makeGate(IN_FLIGHT);
  const blockingGate = makeGate(BLOCKING);
  /** Where each takes a connection of its own. */
  const scarceGate = makeGate(IN_FLIGHT);
  const stop = new AbortController();
  setMaxListeners(BLOCKING + 2 * IN_FLIGHT, stop.signal);
  let signers: readonly string[] | undefined;

  /** An error where a key must not travel to us from the server that is asked now. */
  const refusePlaintext = (): void => {
    const server = http.server();
    if (allowPlaintext || isPrivate(server.address)) return;
    throw new ConsulError(
      "rejected",
      `a private key would cross the network in the clear from ${server.name}; use https`,
    );
  };

  /** An index means something to the server that gave it only. */
  const blocks = ({ leaf, unchanged }: Kept): boolean => leaf?.server === http.server() && unchanged > PLAIN_TRIES;

  /** Who blocks waits for the server's own pace: it holds up nobody who asks for a first leaf. */
  const gateOf = (entry: Kept): Gate => {
    if (!blocks(entry)) return gate;
    return Number.isFinite(http.server().transport.longPolls()) ? scarceGate : blockingGate;
  };

  const ask = async (service: string, entry: Kept): Promise<void> => {
    try {
      const leaf = await gateOf(entry)(async () => {
        if (stop.signal.aborted || kept.get(service) !== entry) throw new ConsulError("unreachable", "stopped");
        refusePlaintext();
        const { body, server } = await http.get({
          path: `/v1/agent/connect/ca/leaf/${encodeURIComponent(nameOf(service))}`,
          params: placeOf(service, enterprise),
          ...{ signal: stop.signal, priority: true },
          ...(blocks(entry) ? { index: entry.leaf?.index ?? 0, waitMs: BLOCK_MS } : {}),
        });
        const decoded = decodeLeaf(body);
        return { ...decoded, ...checkLeaf(decoded.certPem, clock.now()), server };
      });
      if (!stop.signal.aborted && kept.get(service) === entry) take(service, entry, leaf);
    } catch (error) {
      if (!stop.signal.aborted && kept.get(service) === entry) fail(service, entry, error);
    } finally {
      entry.busy = false;
      if (!stop.signal.aborted && kept.get(service) === entry) startOrSleep(service, entry);
    }
  };

  const take = (service: string, entry: Kept, leaf: NonNullable<Kept["leaf"]>): void => {
    const now = clock.now();
    const same = entry.leaf?.certPem === leaf.certPem;
    const recovered = entry.problem !== undefined;
    entry.failures = 0;
    delete entry.problem;
    if (!same || recovered) {
      const { certPem, keyPem, notAfterMs } = leaf;
      emit({ kind: "leaf", service, leaf: { certPem, keyPem, notAfterMs } });
    }
    entry.leaf = leaf;
    const old = !isCurrent(leaf);
    entry.unchanged = same ? entry.unchanged + 1 : 0;
    if (same || old) entry.dueMs = now + retryMs(old, entry.unchanged, leaf.notAfterMs - now, random);
    else entry.dueMs = renewalMs(now, leaf.notAfterMs, random);
  };

  const fail = (service: string, entry: Kept, error: unknown): void => {
    const category = error instanceof ConsulError ? error.category : "malformed";
    entry.failures += 1;
    entry.dueMs = clock.now() + backOffMs(category, entry.failures, random);
    if (entry.failures === 1 && isPassing(category)) return;
    const reason = reasonOf(error, whatOf(entry, clock.now()), `service:write on "${service}"`);
    if (reason !== entry.problem) emit({ kind: "problem", of: { kind: "leaf", service }, reason });
    entry.problem = reason;
  };

  const isCurrent = (leaf: DecodedLeaf): boolean => signers === undefined || isSignedBy(leaf.certPem, signers);

  const startOrSleep = (service: string, entry: Kept): void => {
    if (entry.busy) return;
    if (clock.now() < entry.dueMs) alarm.by(entry.dueMs);
    else {
      entry.busy = true;
      void ask(service, entry);
    }
  };

  const alarm = makeAlarm(clock, () => {
    for (const [service, entry] of kept) startOrSleep(service, entry);
    return kept.size > 0;
  });

  return {
    want(services) {
      const names = new Set(services);
      for (const service of kept.keys()) if (!names.has(service)) kept.delete(service);
      for (const service of services) {
        if (!kept.has(service)) kept.set(service, { dueMs: clock.now(), failures: 0, unchanged: 0, busy: false });
      }
      alarm.ring();
    },
    setSigners(next) {
      signers = next;
      for (const entry of kept.values()) {
        if (entry.leaf === undefined || isCurrent(entry.leaf)) continue;
        Object.assign(entry, { dueMs: clock.now(), unchanged: 0 });
      }
      alarm.ring();
    },
    stop() {
      stop.abort();
      alarm.stop();
    },
  };
}

function whatOf({ leaf }: Kept, nowMs: number): string {
  if (leaf === undefined) return "leaf";
  const until = new Date(leaf.notAfterMs).toISOString();
  return nowMs < leaf.notAfterMs
    ? `renewal of the leaf, good until ${until},`
    : `renewal of the leaf, expired ${until},`;
}
