// Who may call each linked service. The list of intentions wakes (it blocks on every version), `match` is what is read:
// it is sorted by precedence, includes wildcards, and is refused where the token may not see them all.

import type { Cancel } from "../../ports";
import { startBlockingQuery } from "./blocking-query";
import { type DecodedIntentions, decodeIntentionMarks, decodeMatches, type IntentionMark } from "./decode/intentions";
import { startDefaultPolicy } from "./default-policy";
import { backOffMs, ConsulError, isPassing, reasonOf } from "./errors";
import { EVERYWHERE, fullNameOf, matchNameOf } from "./place";
import type { WatchPorts } from "./watch-ports";

/** Names per request: a line of a few kilobytes. */
const BATCH = 50;
/** What was read without a leader may be behind: read again. */
const STALE_REREAD_MS = 5_000;
const MISMATCH_MS = 250;
const MISMATCHES = 40;
const WILDCARD = /\*/;
const EVERYBODY = "default/default/*";

export interface Intentions {
  /** The complete list of services to tell of. */
  want(services: readonly string[]): void;
  stop(): void;
}

export function startIntentions(options: WatchPorts): Intentions {
  const { http, emit, clock, random, enterprise } = options;
  let wanted: ReadonlySet<string> = new Set();
  let marks: ReadonlyMap<string, string> | undefined;
  const dirty = new Set<string>();
  const failures = new Map<string, number>();
  const mismatches = new Map<string, number>();
  const timers = new Map<string, Cancel>();
  let reading = false;
  let stopped = false;

  const soil = (services: Iterable<string>): void => {
    for (const service of services) if (wanted.has(service)) dirty.add(service);
    void readAll();
  };

  const readAll = async (): Promise<void> => {
    if (reading || stopped || marks === undefined) return;
    reading = true;
    while (dirty.size > 0 && !stopped) {
      const batch = [...dirty].slice(0, BATCH);
      for (const service of batch) dirty.delete(service);
      await read(batch);
    }
    reading = false;
  };

  /** One refusal refuses the whole call: halves find out whose it is. */
  const read = async (batch: readonly string[]): Promise<void> => {
    try {
      const path = "/v1/connect/intentions/match";
      const names = batch.map((service) => matchNameOf(service, enterprise));
      const answer = await http.read({ path, params: { by: "destination", name: names } });
      const matches = decodeMatches(answer.body, names);
      for (const [at, service] of batch.entries()) await say(service, matches.get(names[at] ?? ""));
      if (answer.stale) for (const service of batch) later(service, STALE_REREAD_MS);
    } catch (error) {
      const category = error instanceof ConsulError ? error.category : "malformed";
      if (batch.length > 1 && !isPassing(category)) {
        const half = Math.ceil(batch.length / 2);
        await read(batch.slice(0, half));
        return read(batch.slice(half));
      }
      for (const service of batch) fail(service, category, error);
    }
  };

  const say = async (service: string, matched: DecodedIntentions | undefined): Promise<void> => {
    if (stopped || !wanted.has(service) || matched === undefined) return;
    if (!agrees(service, matched) && mayWait(service)) return;
    failures.delete(service);
    mismatches.delete(service);
    const { intentions, notes } = matched;
    const defaultAction = await policy.of(service, intentions);
    if (stopped || !wanted.has(service)) return;
    emit({ kind: "intentions", service, set: { intentions, defaultAction } });
    if (notes.length > 0) emit({ kind: "problem", of: { kind: "intentions", service }, reason: notes.join("; ") });
  };

  /**
   * Whether `match` tells the same of a service as the list that woke us. Old servers send no index with `match`, and one
   * that has just started leaves out what it has not read from its log yet: an intention to deny would be lost.
   */
  const agrees = (service: string, matched: DecodedIntentions): boolean => {
    const told = new Map(matched.marks);
    return [fullNameOf(service), EVERYBODY].every((name) => {
      const content = marks?.get(name);
      return content === undefined || told.get(name) === content;
    });
  };

  /** The list is expected to catch up, or `match`; not for ever, as a list may be cut by rights that `match` ignores. */
  const mayWait = (service: string): boolean => {
    const count = (mismatches.get(service) ?? 0) + 1;
    mismatches.set(service, count);
    if (count > MISMATCHES) return false;
    later(service, MISMATCH_MS);
    return true;
  };

  const fail = (service: string, category: ConsulError["category"], error: unknown): void => {
    const count = (failures.get(service) ?? 0) + 1;
    failures.set(service, count);
    if (wanted.has(service) && (count > 1 || !isPassing(category))) {
      const reason = reasonOf(error, "intentions", `intentions:read on "${service}"`);
      emit({ kind: "problem", of: { kind: "intentions", service }, reason });
    }
    later(service, backOffMs(category, count, random));
  };

  const later = (service: string, ms: number): void => {
    timers.get(service)?.();
    const fire = (): void => {
      timers.delete(service);
      soil([service]);
    };
    if (!stopped && wanted.has(service)) timers.set(service, clock.setTimer(ms, fire));
  };

  const onMarks = (next: readonly IntentionMark[]): void => {
    const before = marks;
    marks = new Map(next);
    const names = new Set([...(before?.keys() ?? []), ...marks.keys()]);
    const changed = new Set([...names].filter((name) => before?.get(name) !== marks?.get(name)));
    const all = before === undefined || [...changed].some((name) => WILDCARD.test(name));
    soil(all ? wanted : [...wanted].filter((service) => changed.has(fullNameOf(service))));
  };

  const policy = startDefaultPolicy(options, () => soil(wanted));
  let failing = false;
  const stopList = startBlockingQuery(http, options, {
    path: "/v1/connect/intentions",
    params: enterprise ? EVERYWHERE : {},
    decode: decodeIntentionMarks,
    priority: true,
    what: "intentions",
    right: "intentions:read",
    onAnswer({ value }) {
      onMarks(value);
      if (failing) soil(wanted);
      failing = false;
    },
    onProblem(reason) {
      failing = true;
      for (const service of wanted) emit({ kind: "problem", of: { kind: "intentions", service }, reason });
    },
  });

  return {
    want(services) {
      const before = wanted;
      wanted = new Set(services);
      for (const service of before) {
        if (wanted.has(service)) continue;
        dirty.delete(service);
        failures.delete(service);
        mismatches.delete(service);
        timers.get(service)?.();
        timers.delete(service);
      }
      soil(services.filter((service) => !before.has(service)));
    },
    stop() {
      stopped = true;
      stopList();
      policy.stop();
      for (const cancel of timers.values()) cancel();
    },
  };
}
