// What can go wrong when Consul is asked, in one map: its category, how it is told, how long to wait before the next try.

import type { Random } from "../../ports";

export type ErrorCategory = keyof typeof BACK_OFF;

export class ConsulError extends Error {
  constructor(
    readonly category: ErrorCategory,
    /** A person reads it; free of secrets. */
    message: string,
  ) {
    super(message);
    this.name = "ConsulError";
  }
}

/** Milliseconds before the second try, and the most that doubling leads to. Rights come by hand: they are looked at often. */
const BACK_OFF = {
  absent: [1_000, 30_000],
  denied: [1_000, 15_000],
  // Whoever asks again waits for the next login.
  loggedOut: [250, 5_000],
  throttled: [1_000, 30_000],
  leaderless: [250, 5_000],
  unsupported: [10_000, 60_000],
  rejected: [2_000, 60_000],
  unreachable: [250, 10_000],
  timeout: [250, 10_000],
  malformed: [1_000, 30_000],
  failed: [500, 15_000],
} as const satisfies Record<string, readonly [number, number]>;

/** These pass by themselves or elsewhere: told only when the next try fails as well. */
const PASSING: ReadonlySet<ErrorCategory> = new Set(["leaderless", "unreachable", "timeout", "throttled", "failed"]);

/** Whether a first failure of this kind is worth no word yet. */
export function isPassing(category: ErrorCategory): boolean {
  return PASSING.has(category);
}

/** Milliseconds to wait after `failures` (at least 1) in a row: doubling, capped, the upper half at random. */
export function backOffMs(category: ErrorCategory, failures: number, random: Random): number {
  const [first, last] = BACK_OFF[category];
  return Math.min(first * 2 ** (failures - 1), last) * (0.5 + 0.5 * random());
}

/** Texts of a server that has no leader to ask: 1.8 says the first and the last, newer ones all the others. */
const LEADERLESS =
  /No cluster leader|Raft leader not found|rpc error getting client|rpc error making call: EOF|No path to datacenter|^EOF/;

/** The error of an answer with this status and text; statuses below 400 have none. */
export function errorOf(status: number, text: string): ConsulError | undefined {
  if (status < 400) return undefined;
  return new ConsulError(categoryOf(status, text), `Consul answered ${status}: ${oneLine(text)}`);
}

function categoryOf(status: number, text: string): ErrorCategory {
  if (status === 404) return "absent";
  if (status === 401 || status === 403) return "denied";
  if (status === 429 || (status === 503 && /rate limit/.test(text))) return "throttled";
  if (status < 500) return "rejected";
  if (/invalid config entry kind/.test(text)) return "unsupported";
  // 1.8 hides some refusals of a forwarded request in a 500.
  if (/Permission denied|ACL not found/.test(text)) return "denied";
  return LEADERLESS.test(text) ? "leaderless" : "failed";
}

/** The error of a request that got no answer. */
export function errorOfFailure(error: unknown, server: string): ConsulError {
  if (error instanceof ConsulError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new ConsulError("unreachable", `${server} cannot be reached: ${code ?? oneLine(String(message ?? error))}`);
}

/**
 * Why something is missing, for people: `leaf refused, token lacks service:write on "billing"`.
 * `what` was asked; `right` is what the token needs for it.
 */
export function reasonOf(error: unknown, what: string, right: string): string {
  if (!(error instanceof ConsulError)) return `${what} not known: ${oneLine(String(error))}`;
  if (error.category === "loggedOut") return error.message;
  if (error.category !== "denied") return `${what} not known: ${error.message}`;
  if (isUnknownToken(error)) {
    return `${what} refused, the token is unknown to Consul: revoked or expired`;
  }
  return `${what} refused, token lacks ${right}`;
}

/** The token is not known, or not any more; other refusals are about its rights. */
export function isUnknownToken(error: unknown): boolean {
  return error instanceof ConsulError && error.category === "denied" && /ACL (token )?not found/.test(error.message);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}
