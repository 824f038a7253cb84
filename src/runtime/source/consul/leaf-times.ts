// When a leaf is asked for again. Pure.

import type { Random } from "../../ports";

/** Wall-clock milliseconds of the renewal: at 60-80 % of what is left of its life, spread so that a thousand do not meet. */
export function renewalMs(nowMs: number, notAfterMs: number, random: Random): number {
  return nowMs + (notAfterMs - nowMs) * (0.6 + 0.2 * random());
}

/** From here on a leaf that does not get renewed is worth a question a minute. */
const HOUR_MS = 3_600_000;

/** After so many questions a leaf of the new root is not coming soon: a CA of a kind whose chain we cannot follow, say. */
const GIVE_UP = 40;
const NOT_COMING_MS = 300_000;

/**
 * Milliseconds until the next question after one that brought the leaf that we have.
 * The server chooses its own moment to renew, between 60 and 90 % of a leaf's life, so a renewal has time. A leaf of a
 * retired root has not: its replacement comes within half a minute.
 */
export function retryMs(retiredRoot: boolean, unchanged: number, leftMs: number, random: Random): number {
  const jitter = 0.5 + 0.5 * random();
  if (retiredRoot && unchanged > GIVE_UP) return NOT_COMING_MS * jitter;
  if (retiredRoot) return Math.min(200 * 2 ** Math.max(unchanged - 1, 0), 2_000) * jitter;
  return Math.min(Math.max(leftMs / 20, 1_000), HOUR_MS) * jitter;
}
