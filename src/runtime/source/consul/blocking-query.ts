// Keeps one answer of Consul current: asks, blocks on the index, tells what changed, backs off on errors.
// Index rules: Consul's documentation of blocking queries, and what servers were seen to do.

import type { Cancel, Clock, Random } from "../../ports";
import { backOffMs, ConsulError, type ErrorCategory, isPassing, reasonOf } from "./errors";
import type { ConsulHttp } from "./http";
import type { Server } from "./servers";

/** Not longer: after a snapshot restore a server sleeps its whole wait on an index that is too high. */
const WAIT_MS = 60_000;
/**
 * A server that has just started answers from a log that it is still reading: whatever it has not read yet looks deleted.
 * Its index is lower than what was seen before, and rises; after a snapshot restore it is lower and stays.
 */
const RESTORED_MS = 15_000;
const FIRST_BEHIND_MS = 250;
const LAST_BEHIND_MS = 2_000;
/** Without a leader: back to asking it soon. */
const STALE_WAIT_MS = 10_000;
/** An endpoint without index can only be polled. */
const POLL_MS = 5_000;
const FIRST_PAUSE_MS = 25;
const LAST_PAUSE_MS = 1_000;
/** A query that blocked this long was no part of a burst. */
const BURST_MS = 1_000;

export interface WatchedAnswer<T> {
  readonly value: T;
  /** The token does not see everything, as far as the server says so. */
  readonly filtered: boolean;
}

export interface BlockingQuery<T> {
  readonly path: string;
  readonly params?: Readonly<Record<string, string | readonly string[]>>;
  /** Undefined is what a 404 has. Throws DecodeError on what it cannot read. */
  readonly decode: (body: unknown) => T;
  /** Never queued behind the others. */
  readonly priority?: boolean;
  /** For reasons: what is asked, and the right that it needs. */
  readonly what: string;
  readonly right: string;
  /** Given what asks at once beside the query that blocks, for who learns elsewhere that something changed. */
  readonly wakeBy?: (wake: () => void) => Cancel;
  /** Called when the value differs from the last one, and when a problem is over. */
  readonly onAnswer: (answer: WatchedAnswer<T>) => void;
  /** The last good value stays; the reason is for people. */
  readonly onProblem: (reason: string, category: ErrorCategory) => void;
}

/** The index to block on next: 0 (ask anew) for none, for one below 1, and when it went backwards. */
export function nextIndex(last: number, got: number | undefined): number {
  return got === undefined || !(got >= 1) || got < last ? 0 : got;
}

export function startBlockingQuery<T>(
  http: ConsulHttp,
  ports: { readonly clock: Clock; readonly random: Random },
  query: BlockingQuery<T>,
): Cancel {
  const { clock, random } = ports;
  const stop = new AbortController();
  let index = 0;
  let newest = 0;
  let behind: { readonly index: number; readonly sinceMs: number } | undefined;
  let behindReturns = 0;
  let server: Server | undefined;
  let stale = false;
  let said: string | undefined;
  let problem: string | undefined;
  let failures = 0;
  let idleReturns = 0;
  let cancel: Cancel = () => undefined;

  const again = (ms: number): void => {
    if (!stop.signal.aborted) cancel = clock.setTimer(ms, () => void ask());
  };

  const ask = async (): Promise<void> => {
    if (http.server() !== server) index = 0;
    server = http.server();
    const asked = index;
    const startedMs = clock.now();
    try {
      const answer = await http.get({
        path: query.path,
        ...(query.params === undefined ? {} : { params: query.params }),
        ...{ index, waitMs: stale ? STALE_WAIT_MS : WAIT_MS, stale, priority: query.priority ?? false },
        signal: stop.signal,
      });
      if (stop.signal.aborted) return;
      const value = query.decode(answer.body);
      failures = 0;
      if (isBehind(answer.index)) {
        index = 0;
        stale = false;
        again(Math.min(FIRST_BEHIND_MS * 2 ** behindReturns++, LAST_BEHIND_MS) * (0.5 + 0.5 * random()));
        return;
      }
      const changed = tell({ value, filtered: answer.filtered });
      if (asked > 0) stale = false;
      index = nextIndex(asked, answer.index);
      // A return is not a change; one that came early with the index that we had may hide a restored snapshot.
      const tookMs = clock.now() - startedMs;
      if (asked > 0 && index === asked && tookMs < answer.waitMs / 2) index = 0;
      idleReturns = changed || tookMs > BURST_MS ? 0 : idleReturns + 1;
      if (answer.index === undefined) again(POLL_MS * (0.75 + 0.5 * random()));
      else again(idleReturns <= 1 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (idleReturns - 2), LAST_PAUSE_MS));
    } catch (error) {
      if (!stop.signal.aborted) fail(error);
    }
  };

  const wake = async (): Promise<void> => {
    try {
      const { path, params = {} } = query;
      const answer = await http.get({ path, params, priority: true, signal: stop.signal });
      if (stop.signal.aborted || answer.index === undefined || answer.index < newest) return;
      const value = query.decode(answer.body);
      newest = answer.index;
      tell({ value, filtered: answer.filtered });
    } catch {
      // The query itself meets the same, and tells.
    }
  };

  const isBehind = (got: number | undefined): boolean => {
    if (got !== undefined && got < newest) {
      if (behind?.index !== got) behind = { index: got, sinceMs: clock.now() };
      if (stale || clock.now() - behind.sinceMs < RESTORED_MS) return true;
    }
    behind = undefined;
    behindReturns = 0;
    newest = got ?? 0;
    return false;
  };

  const tell = (answer: WatchedAnswer<T>): boolean => {
    const text = JSON.stringify(answer);
    const changed = text !== said;
    const recovered = problem !== undefined;
    said = text;
    problem = undefined;
    if (changed || recovered) query.onAnswer(answer);
    return changed;
  };

  const fail = (error: unknown): void => {
    const category = error instanceof ConsulError ? error.category : "malformed";
    index = 0;
    failures += 1;
    const elsewhere = http.server() !== server;
    if (category === "leaderless" && !stale) {
      stale = true;
      again(0);
      return;
    }
    if (failures > 1 || !isPassing(category)) {
      const reason = reasonOf(error, query.what, query.right);
      if (reason !== problem) query.onProblem(reason, category);
      problem = reason;
    }
    // Another server is there: no need to wait for the one that failed. All at once would be a stampede.
    again(elsewhere && failures <= 2 ? 100 * random() : backOffMs(category, failures, random));
  };

  http.countWatch(1);
  void ask();
  const stopWakes = query.wakeBy?.(() => void wake());
  return () => {
    if (stop.signal.aborted) return;
    stop.abort();
    stopWakes?.();
    cancel();
    http.countWatch(-1);
  };
}
