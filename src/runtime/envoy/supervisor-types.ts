// What goes into and comes out of the supervisor's step, and the times it works by (milliseconds). Pure.

/** `silent`: it runs and does not answer. `failed` and `stopped` are final. */
export type Phase = "initial" | "starting" | "running" | "silent" | "draining" | "backoff" | "stopped" | "failed";

/** Stages of draining, in order; each begins when the one before ran out of time. */
export type Stage = "accepting" | "connections" | "quit" | "term" | "kill";

export type Timer = "poll" | "slow" | "restart" | "stage" | "watch" | "silence";

export interface Policy {
  /** How long Envoy still accepts after a stop request, so that callers have time to go elsewhere. */
  readonly drainTimeMs: number;
  /** How long open connections then get to end before they are cut. */
  readonly connectionTimeMs: number;
  /** For how long Envoy may be silent before it is ended and started again; 0: for ever. */
  readonly restartSilentMs: number;
}

export interface SupervisorState {
  readonly policy: Policy;
  readonly phase: Phase;
  /** Some Envoy of this life was ready: its configuration is known to work. */
  readonly wasReady: boolean;
  readonly spawnedAtMs: number;
  readonly readyAtMs: number;
  /** Unasked exits in a row, without STABLE_MS of service between two. */
  readonly failures: number;
  /** The last question had no answer. */
  readonly suspected: boolean;
  readonly silentSinceMs: number;
  readonly stage: Stage;
  /** As last counted while draining; absent when Envoy did not say. */
  readonly connections?: number;
}

interface At {
  readonly nowMs: number;
}

interface Chance {
  /** Uniform in [0, 1): spreads the restarts of several gateways. */
  readonly jitter: number;
}

export type Input =
  | ({ readonly type: "start" | "spawned" | "ready" | "answered" | "unanswered" | "stopRequested" } & At)
  | ({ readonly type: "spawnFailed"; readonly reason: string } & At & Chance)
  | ({ readonly type: "exited"; readonly code: number | null; readonly signal: string | null } & At & Chance)
  | ({ readonly type: "timer"; readonly timer: Timer } & At)
  | ({ readonly type: "connections"; readonly count?: number } & At);

export type Effect =
  | { readonly type: "spawn" }
  /** Ask /ready once; a yes comes back as `ready`, a no or silence not at all. */
  | { readonly type: "checkReady" }
  /** Ask anything once; comes back as `answered` or `unanswered`. */
  | { readonly type: "checkAlive" }
  | { readonly type: "drain" }
  /** Comes back as `connections`, without a count when Envoy is silent. */
  | { readonly type: "countConnections" }
  | { readonly type: "quit" }
  | { readonly type: "kill"; readonly signal: "SIGTERM" | "SIGKILL" }
  /** Replaces a running timer of the same name. */
  | { readonly type: "setTimer"; readonly timer: Timer; readonly ms: number }
  | { readonly type: "clearTimers" }
  | { readonly type: "report"; readonly report: Report };

export type Report =
  | { readonly type: "ready"; readonly afterMs: number }
  | { readonly type: "notReady"; readonly afterMs: number }
  /** Exit 1 before Envoy was ever ready, or no process at all: trying again cannot help. */
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "exited"; readonly how: string; readonly retryInMs: number; readonly crashLoop: boolean }
  /** Without a time it is not started again. */
  | { readonly type: "silent"; readonly forMs: number; readonly restartInMs?: number }
  | { readonly type: "answers"; readonly afterMs: number }
  | { readonly type: "wedged" }
  | { readonly type: "draining"; readonly forMs: number }
  /** Open connections that are cut now; without a count Envoy did not say how many. */
  | { readonly type: "cutting"; readonly count?: number }
  | { readonly type: "forced"; readonly signal: "SIGTERM" | "SIGKILL" }
  | { readonly type: "stopped"; readonly how: string };

export interface Step {
  readonly state: SupervisorState;
  readonly effects: readonly Effect[];
}

/** Envoy is ready 70-150 ms after its start at best; polling then slows down to once a second. */
export const FIRST_POLL_MS = 50;
export const LAST_POLL_MS = 1_000;
export const CONNECTION_POLL_MS = 250;
/** When to say that Envoy is still not ready, and how often to say it again. */
export const SLOW_MS = 15_000;
export const SLOW_AGAIN_MS = 60_000;
/** Between an answer of a running Envoy, or its absence, and the next question. */
export const WATCH_MS = 1_000;
/** So long without any answer is no stall over a large change of configuration any more: callers are sent elsewhere. */
export const SILENT_MS = 10_000;
export const BACKOFF_FIRST_MS = 500;
export const BACKOFF_CAP_MS = 30_000;
/** So much service in one piece makes earlier failures forgotten. */
export const STABLE_MS = 60_000;
/** That many failures in a row are a crash loop. */
export const CRASH_LOOP = 5;
/** How long /quitquitquit, then SIGTERM, may take. */
export const QUIT_MS = 2_000;
export const TERM_MS = 3_000;

/** A step that changes nothing. */
export function same(state: SupervisorState): Step {
  return { state, effects: [] };
}

export function report(what: Report): Effect {
  return { type: "report", report: what };
}
