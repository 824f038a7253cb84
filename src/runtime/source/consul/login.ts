// The ACL token of an auth method: logs in, renews before the token expires, logs out. Tokens stay in memory. The old one is
// used until Consul knows the new one; while there is none at all, whoever asks waits for the next try.

import type { Cancel } from "../../ports";
import { makeAlarm } from "../alarm";
import type { Granted } from "./decode/login";
import { backOffMs, ConsulError } from "./errors";
import { type ExchangeOptions, logIn, logOut } from "./login-exchange";

/** Renewal at a random point of this share of the token's life: replicas do not come together, and there is time to fail. */
const [EARLIEST, LATEST] = [0.6, 0.8];
/** Blocking queries that were asked with the old token have ended by then. */
const OLD_TOKEN_MS = 75_000;
/** A token that a server does not know so soon after the login has not reached it yet. */
const YOUNG_MS = 10_000;
/** Stopping waits no longer for Consul. */
const STOP_MS = 3_000;

export interface LoginStatus {
  readonly state: "waiting" | "logged in";
  /** When the token expires, ISO 8601; absent where it does not. */
  readonly until?: string;
  /** What is wrong, although the last token may still be good. */
  readonly reason?: string;
}

export interface Login {
  /** The token; while there is none, what the next try brings. The first question starts it all. */
  token(): string | Promise<string>;
  /** Consul does not know this token any more: logs in again soon. */
  refused(token: string): void;
  status(): LoginStatus;
  /** Logs out. Resolves within three seconds whatever happens. */
  stop(): Promise<void>;
}

interface Session extends Granted {
  readonly sinceMs: number;
  readonly endsMs: number;
}

interface Waiter {
  readonly resolve: (token: string) => void;
  readonly reject: (error: ConsulError) => void;
}

/** Never throws and never gives up. */
export function makeLogin(options: ExchangeOptions): Login {
  const { method, clock, random, log } = options;
  const stop = new AbortController();
  const old = new Map<string, Cancel>();
  const waiters: Waiter[] = [];
  let session: Session | undefined;
  let dueMs = clock.now();
  let failures = 0;
  let reason: string | undefined;
  let unknown = false;
  let running: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;

  const take = (granted: Granted): void => {
    const now = clock.now();
    const { secret, accessor, lifeMs = Number.POSITIVE_INFINITY } = granted;
    if (session !== undefined && !unknown) retire(session);
    session = { ...granted, sinceMs: now, endsMs: now + lifeMs };
    dueMs = now + lifeMs * (EARLIEST + (LATEST - EARLIEST) * random());
    failures = 0;
    reason = undefined;
    unknown = false;
    log.info("logged in to Consul", { method, accessor, until: untilOf(session) ?? "logged out" });
    for (const { resolve } of waiters.splice(0)) resolve(secret);
  };

  const fail = (error: unknown): void => {
    const { category, message } = error instanceof ConsulError ? error : new ConsulError("malformed", String(error));
    failures += 1;
    dueMs = clock.now() + backOffMs(category, failures, random);
    if (message !== reason) log.warn("not logged in to Consul", { method, reason: message });
    reason = message;
    dismiss(reason);
  };

  const dismiss = (why: string): void => {
    for (const { reject } of waiters.splice(0)) reject(new ConsulError("loggedOut", `not logged in: ${why}`));
  };

  /** What nobody uses any more is logged out, unless it ends by itself before that. */
  const retire = ({ secret, endsMs }: Session): void => {
    if (endsMs - clock.now() <= OLD_TOKEN_MS) return;
    const cancel = clock.setTimer(OLD_TOKEN_MS, () => {
      old.delete(secret);
      void end(secret);
    });
    old.set(secret, cancel);
  };

  const end = (secret: string, signal = stop.signal): Promise<void> =>
    logOut(options, secret, signal).catch((error) => log.debug("not logged out of Consul", { reason: String(error) }));

  const attempt = async (): Promise<void> => {
    try {
      take(await logIn(options, stop.signal));
    } catch (error) {
      if (!stop.signal.aborted) fail(error);
    }
  };

  const stopNow = async (): Promise<void> => {
    stop.abort();
    alarm.stop();
    dismiss("stopped");
    const limit = new AbortController();
    const late = new Promise<void>((resolve) => limit.signal.addEventListener("abort", () => resolve()));
    const cancelLimit = clock.setTimer(STOP_MS, () => limit.abort());
    await Promise.race([running, late]);
    for (const cancel of old.values()) cancel();
    const secrets = [...old.keys(), ...(session === undefined || unknown ? [] : [session.secret])];
    await Promise.all(secrets.map((secret) => end(secret, limit.signal)));
    cancelLimit();
  };

  const alarm = makeAlarm(clock, () => {
    if (running !== undefined || stop.signal.aborted) return false;
    if (clock.now() < dueMs) {
      if (Number.isFinite(dueMs)) alarm.by(dueMs);
      return Number.isFinite(dueMs);
    }
    running = attempt().finally(() => {
      running = undefined;
      alarm.ring();
    });
    return false;
  });

  return {
    token() {
      if (session !== undefined) return session.secret;
      if (stopping !== undefined) return Promise.reject(new ConsulError("loggedOut", "not logged in: stopped"));
      const next = new Promise<string>((resolve, reject) => void waiters.push({ resolve, reject }));
      alarm.ring();
      return next;
    },
    refused(token) {
      if (token !== session?.secret || unknown || running !== undefined) return;
      unknown = true;
      // A try that failed is repeated at its own time.
      if (failures > 0) return;
      reason = "the token is unknown to Consul: revoked or expired";
      log.warn("logging in to Consul again", { method, reason });
      dueMs = Math.max(clock.now(), session.sinceMs + YOUNG_MS);
      alarm.ring();
    },
    status() {
      const until = session === undefined ? undefined : untilOf(session);
      return {
        state: session === undefined ? "waiting" : "logged in",
        ...(until === undefined ? {} : { until }),
        ...(reason === undefined ? {} : { reason }),
      };
    },
    stop() {
      stopping ??= stopNow();
      return stopping;
    },
  };
}

/** When it ends by our clock, ISO 8601; undefined: never. */
function untilOf({ endsMs }: Session): string | undefined {
  return Number.isFinite(endsMs) ? new Date(endsMs).toISOString() : undefined;
}
