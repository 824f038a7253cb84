// The times of a replica's life in the catalog, in proportion to the one that users choose. Pure.

/** Consul takes no session below ten seconds, and may end it ten later. */
export const LEAST_REAP_AFTER_S = 30;
export const DEFAULT_REAP_AFTER_S = LEAST_REAP_AFTER_S;
/** Until then people see a dead replica critical. */
export const DEFAULT_REMOVE_AFTER_S = 3_600;
/** Renewals of a session, each with a look at the peers, in the time that it lasts at least. */
const LOOKS_PER_TTL = 3;

export interface LifeTimes {
  /** Of the session; Consul ends it between one and two of these after its last renewal. */
  readonly ttlS: number;
  /** At most this from one renewal, and look, to the next. */
  readonly lookMs: number;
  /** Looks that a replica's own session must have lived through before it judges others. */
  readonly graceLooks: number;
  /** Looks without a session after which a dead replica is removed. */
  readonly removeLooks: number;
}

/**
 * From death to critical: two times the TTL at most until Consul ends the session, one look to see it and one to be sure, each a
 * third of the TTL apart; together less than three times the TTL.
 */
export function lifeTimes(reapAfterS: number, removeAfterS: number): LifeTimes {
  const ttlS = Math.floor(reapAfterS / 3);
  const lookS = ttlS / LOOKS_PER_TTL;
  const graceLooks = Math.ceil(reapAfterS / lookS);
  return { ttlS, lookMs: lookS * 1000, graceLooks, removeLooks: Math.ceil(removeAfterS / lookS) };
}
