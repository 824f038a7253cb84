// Keeps a valid leaf for every linked service: issues, renews at 60-80 % of its life, re-issues on a new root and when
// the clock was set. The old leaf serves until the new one is emitted.

import type { Clock, Random } from "../../ports";
import type { WatchEvent } from "../../snapshot/state";
import { makeAlarm } from "../alarm";
import { makeGate } from "../gate";
import type { Authority, IssuedLeaf } from "./authority";

export interface LeafWish {
  /** The service's key. */
  readonly service: string;
  readonly uri: string;
}

export interface Leaves {
  /** The complete list of leaves to keep; what is missing is forgotten. */
  want(wishes: readonly LeafWish[]): void;
  stop(): void;
}

export interface LeavesOptions {
  readonly authority: Authority;
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: (event: WatchEvent) => void;
}

/** Enough to use the thread pool, few enough to keep the event loop free for traffic. */
const IN_FLIGHT = 4;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

interface Kept {
  readonly uri: string;
  leaf?: IssuedLeaf;
  /** Authority generation that issued the leaf. */
  generation: number;
  /** Wall-clock time of the next attempt. */
  dueMs: number;
  failures: number;
  busy: boolean;
}

export function startLeaves(options: LeavesOptions): Leaves {
  const { authority, clock, random, emit } = options;
  const kept = new Map<string, Kept>();
  const gate = makeGate(IN_FLIGHT);
  let stopped = false;

  const isDue = (entry: Kept, now: number): boolean => {
    if (entry.leaf === undefined || entry.failures > 0) return now >= entry.dueMs || entry.dueMs - now > LAST_RETRY_MS;
    return now >= entry.dueMs || now < entry.leaf.notBeforeMs || entry.generation !== authority.generation();
  };

  const issue = async (service: string, entry: Kept): Promise<void> => {
    const generation = authority.generation();
    try {
      const leaf = await gate(() => authority.issueLeaf({ uri: entry.uri }));
      if (stopped || kept.get(service) !== entry) return;
      entry.leaf = leaf;
      entry.generation = generation;
      entry.failures = 0;
      entry.dueMs = clock.now() + (leaf.notAfterMs - clock.now()) * (0.6 + 0.2 * random());
      const { certPem, keyPem, notAfterMs } = leaf;
      emit({ kind: "leaf", service, leaf: { certPem, keyPem, notAfterMs } });
    } catch (error) {
      if (stopped || kept.get(service) !== entry) return;
      const wait = Math.min(FIRST_RETRY_MS * 2 ** entry.failures, LAST_RETRY_MS);
      entry.failures += 1;
      entry.dueMs = clock.now() + wait * (0.5 + 0.5 * random());
      emit({ kind: "problem", of: { kind: "leaf", service }, reason: reasonOf(error, entry.leaf, clock.now()) });
    } finally {
      entry.busy = false;
      if (!stopped && kept.get(service) === entry) startOrSleep(service, entry);
    }
  };

  const startOrSleep = (service: string, entry: Kept): void => {
    if (entry.busy) return;
    if (isDue(entry, clock.now())) {
      entry.busy = true;
      void issue(service, entry);
    } else alarm.by(entry.dueMs);
  };

  const alarm = makeAlarm(clock, () => {
    for (const [service, entry] of kept) startOrSleep(service, entry);
    return kept.size > 0;
  });
  const unsubscribe = authority.onRotated(alarm.ring);

  return {
    want(wishes) {
      const names = new Set(wishes.map((wish) => wish.service));
      for (const service of kept.keys()) if (!names.has(service)) kept.delete(service);
      for (const { service, uri } of wishes) {
        if (kept.get(service)?.uri === uri) continue;
        kept.set(service, { uri, generation: 0, dueMs: clock.now(), failures: 0, busy: false });
      }
      alarm.ring();
    },
    stop() {
      stopped = true;
      alarm.stop();
      unsubscribe();
    },
  };
}

function reasonOf(error: unknown, leaf: IssuedLeaf | undefined, nowMs: number): string {
  const cause = String((error as Partial<Error> | null)?.message ?? error);
  if (leaf === undefined) return `no leaf: ${cause}`;
  return nowMs < leaf.notAfterMs ? `leaf not renewed: ${cause}` : `leaf has expired and is not renewed: ${cause}`;
}
