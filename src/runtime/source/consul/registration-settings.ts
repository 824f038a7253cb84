// Flags → how a replica is kept in the catalog, and for how long when it says nothing. Pure.

import type { Issue, Result } from "../../../model/issues";
import { DEFAULT_REAP_AFTER_S, LEAST_REAP_AFTER_S } from "./registration-times";

export interface RegistrationFlags {
  readonly replica?: string;
  readonly reapAfter?: string;
}

export interface RegistrationWish {
  /** Tells replicas of one gateway apart; part of the names of its node and of its instance. */
  readonly replica: string;
  /** Seconds until a replica that died without a word is critical; 0: never. */
  readonly reapAfterS: number;
}

const MOST_S = 3_600;

/** `hostname` is the replica's name where none is given. */
export function parseRegistration(flags: RegistrationFlags, hostname: string): Result<RegistrationWish> {
  const issues: Issue[] = [];
  const replica = flags.replica ?? hostname.replace(/[^\w.-]+/g, "-");
  if (!/^[\w.-]{1,100}$/.test(replica)) {
    const allowed = "1-100 letters, digits, - _ and .";
    issues.push({ path: "--replica", got: JSON.stringify(replica), allowed, hint: "name this replica" });
  }
  const { reapAfter } = flags;
  const reapAfterS = reapAfter === undefined ? DEFAULT_REAP_AFTER_S : Number(reapAfter);
  const inRange = reapAfterS === 0 || (reapAfterS >= LEAST_REAP_AFTER_S && reapAfterS <= MOST_S);
  if (reapAfter !== undefined && !(/^\d+$/.test(reapAfter) && inRange)) {
    const allowed = `whole seconds, ${LEAST_REAP_AFTER_S}-${MOST_S}, or 0 for never`;
    const hint = "Consul's sessions last ten seconds at least, and up to twice that";
    issues.push({ path: "--reap-after", got: JSON.stringify(reapAfter), allowed, hint });
  }
  return issues.length > 0 ? { ok: false, error: issues } : { ok: true, value: { replica, reapAfterS } };
}
