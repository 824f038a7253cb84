// Keeps something written about this replica: at once when what it says changes, again and again in case somebody else
// removes it, until it is taken back.

import type { Cancel, Clock, Logger, Random } from "../../ports";
import { within } from "../within";
import { backOffMs, ConsulError, reasonOf } from "./errors";
import type { CheckStatus } from "./registration-body";

/** Stopping waits no longer for Consul. */
const STOP_MS = 5_000;

export interface RegistrationStatus {
  /** `refused`: the node belongs to an agent; nothing is written. */
  readonly state: "waiting" | "registered" | "refused";
  /** Why the last attempt failed, or what is missing of it. */
  readonly reason?: string;
}

export interface Registration {
  /** Passing when true, critical when false, at once: sidecars stop choosing a critical instance within a second. Starts critical. */
  setServing(serving: boolean): void;
  status(): RegistrationStatus;
  /** Takes the instance out of Consul, and the node if it was made here. Resolves within five seconds whatever happens. */
  stop(): Promise<void>;
}

/** Told as it is, and nothing is written until it changes. */
export class RegistrationRefused extends Error {}

export interface UpkeepOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Where the replica is, for the log. */
  readonly at: object;
  readonly everyMs: number;
  /** What the token needs for writing. */
  readonly right: string;
  /** Resolves when Consul has it. */
  readonly write: (check: CheckStatus) => Promise<void>;
  readonly takeOut: () => Promise<void>;
  /** What is missing although it is written. @default - nothing */
  readonly lacks?: () => string | undefined;
  /** Before it is taken out. */
  readonly onStop?: () => void;
  /** Nothing is asked of Consul any more. */
  readonly onEnd: () => void;
}

export interface Upkeep extends Registration {
  /** Writes now, or right after the write that is under way. */
  again(): void;
  readonly check: CheckStatus;
  readonly stopped: boolean;
}

/** Writes as soon as asked to. Never throws and never gives up. */
export function startUpkeep(options: UpkeepOptions): Upkeep {
  const { clock, random, log, at, everyMs, right } = options;
  let status: RegistrationStatus = { state: "waiting" };
  let check: CheckStatus = "critical";
  let failures = 0;
  let running: Promise<void> | undefined;
  let pending = false;
  let stopped = false;
  let cancel: Cancel = () => undefined;

  const attempt = async (): Promise<void> => {
    let next = everyMs * (0.75 + 0.5 * random());
    try {
      await options.write(check);
      if (status.state !== "registered" || status.reason !== undefined)
        log.info("registered in Consul", { ...at, check });
      status = { state: "registered" };
      failures = 0;
    } catch (error) {
      failures += 1;
      const refused = error instanceof RegistrationRefused;
      const reason = refused ? error.message : reasonOf(error, "registration", right);
      if (reason !== status.reason) log.warn("not registered in Consul", { ...at, reason });
      status = { state: refused ? "refused" : status.state, reason };
      // Never longer than without a failure: peers judge a replica by the session that its check names.
      next = Math.min(next, backOffMs(error instanceof ConsulError ? error.category : "rejected", failures, random));
    }
    if (!stopped) cancel = clock.setTimer(next, again);
  };

  /** One attempt at a time; a change during one starts another right after it. */
  const again = (): void => {
    cancel();
    if (running !== undefined) {
      pending = true;
      return;
    }
    running = attempt().finally(() => {
      running = undefined;
      const more = pending && !stopped;
      pending = false;
      if (more) again();
    });
  };

  const takeOut = async (): Promise<void> => {
    await running;
    if (status.state !== "registered") return;
    await options.takeOut();
    log.info("taken out of Consul", { ...at });
  };

  return {
    again,
    get check() {
      return check;
    },
    get stopped() {
      return stopped;
    },
    setServing(serving) {
      const next = serving ? "passing" : "critical";
      if (next === check || stopped) return;
      check = next;
      again();
    },
    status() {
      const lack = options.lacks?.();
      return status.reason !== undefined || lack === undefined ? status : { ...status, reason: lack };
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      cancel();
      options.onStop?.();
      const out = takeOut().catch((error) => log.warn("left in Consul", { ...at, reason: String(error) }));
      await within(clock, STOP_MS, out);
      options.onEnd();
    },
  };
}
