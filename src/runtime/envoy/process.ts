// Runs the supervisor against the real world: a process, its admin interface, timers and the log.

import { rmSync } from "node:fs";
import type { Clock, Logger, Random } from "../ports";
import { type EnvoyAdmin, makeAdmin } from "./admin";
import type { AdminAddress } from "./admin-address";
import { askEnvoy } from "./ask";
import { parseLogLine } from "./log-line";
import { makeOutcome } from "./outcome";
import { type PrepareOptions, prepareLaunch } from "./prepare";
import { reportText } from "./report-text";
import { type EnvoyProcess, envoyEnvironment, spawnEnvoy } from "./spawn";
import { makeSupervisor, step } from "./supervisor";
import type { Effect, Input, Phase, Report, SupervisorState, Timer } from "./supervisor-types";
import { makeTimers } from "./timers";

export interface EnvoyOptions
  extends Pick<PrepareOptions, "binary" | "runDir" | "nodeId" | "cluster" | "parts" | "onPartsRefused"> {
  /** @default - the socket in the run directory */
  readonly admin?: AdminAddress;
  /** Seconds that Envoy goes on accepting after stop(), and that removed listeners get. */
  readonly drainTimeS: number;
  /** Seconds that open connections then get to end; default: drainTimeS. */
  readonly connectionTimeS?: number;
  /** Seconds without an answer after which a running Envoy is ended and started again; 0: never. */
  readonly restartSilentS: number;
  /** Worker threads; default: one per CPU. */
  readonly concurrency?: number;
  /** Envoy's own log level, default `warning`: `info` prints hundreds of lines at start. */
  readonly logLevel?: "trace" | "debug" | "info" | "warning" | "error" | "critical" | "off";
  readonly extraArgs?: readonly string[];
  /** Only a few harmless variables of it reach Envoy. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface EnvoyHandle {
  /** Resolves at the first readiness; rejects when Envoy does not start, or is stopped before. */
  readonly ready: Promise<void>;
  /** Resolves when nothing runs any more: `stopped` after stop(), `failed` when Envoy does not start. Never rejects. */
  readonly done: Promise<"stopped" | "failed">;
  readonly admin: EnvoyAdmin;
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  readonly phase: Phase;
  /** Calls back after every change of phase; returns what ends that. */
  onState(callback: (phase: Phase) => void): () => void;
  /** Drains, then ends Envoy; resolves when it is gone. A second call ends the waiting. */
  stop(): Promise<void>;
}

const LAST_LINES = 10;
const SHOWN_TARGETS = 10;

/** Starts Envoy and keeps it running until stop(). Never throws: `ready` and `done` tell. */
export function startEnvoy(options: EnvoyOptions): EnvoyHandle {
  const { clock, log, runDir, admin: adminAddress = runDir.adminSocket } = options;
  const admin = makeAdmin(adminAddress);
  const prepared = prepareLaunch({ extraArgs: [], logLevel: "warning", ...options, adminAddress }, admin);
  prepared.catch(() => undefined); // Reported when it is waited for.
  const outcome = makeOutcome();
  const callbacks = new Set<(phase: Phase) => void>();
  const queue: Input[] = [];
  const lastLines: string[] = [];
  let state: SupervisorState = makeSupervisor({
    drainTimeMs: options.drainTimeS * 1000,
    connectionTimeMs: (options.connectionTimeS ?? options.drainTimeS) * 1000,
    restartSilentMs: options.restartSilentS * 1000,
  });
  let child: EnvoyProcess | undefined;
  let busy = false;

  const at = (): { nowMs: number } => ({ nowMs: clock.now() });
  const chance = (): { nowMs: number; jitter: number } => ({ ...at(), jitter: options.random() });

  const send = (input: Input): void => {
    queue.push(input);
    if (busy) return; // A callback sent it: its turn comes after the present step.
    busy = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const before = state.phase;
        const { state: after, effects } = step(state, next);
        state = after;
        for (const effect of effects) perform(effect);
        if (after.phase !== before) for (const callback of [...callbacks]) callback(after.phase);
      }
    } finally {
      busy = false;
    }
  };

  const timers = makeTimers<Timer>(clock, (timer) => send({ type: "timer", timer, ...at() }));

  const perform = (effect: Effect): void => {
    switch (effect.type) {
      case "spawn":
        prepared
          .then(launch)
          .catch((error: Error) => send({ type: "spawnFailed", reason: error.message, ...chance() }));
        break;
      case "kill":
        child?.kill(effect.signal);
        break;
      case "setTimer":
        timers.set(effect.timer, effect.ms);
        break;
      case "clearTimers":
        timers.clear();
        break;
      case "report":
        tell(effect.report);
        break;
      default: {
        const asked = child;
        askEnvoy(effect, { admin, clock, log }, (input) => asked === child && send(input));
      }
    }
  };

  const launch = (command: readonly string[]): void => {
    if (state.phase !== "starting") throw new Error("it was stopped before it was started");
    lastLines.length = 0;
    if (typeof adminAddress === "string") rmSync(adminAddress, { force: true });
    child = spawnEnvoy(command, envoyEnvironment(options.env), {
      onSpawned: () => send({ type: "spawned", ...at() }),
      onFailed: (reason) => send({ type: "spawnFailed", reason, ...chance() }),
      onExited: (code, signal) => {
        child = undefined;
        send({ type: "exited", code, signal, ...chance() });
      },
      onLine: (line) => {
        if (lastLines.push(line) > LAST_LINES) lastLines.shift();
        const { level, component, message } = parseLogLine(line);
        log[level](message, { envoy: component });
      },
    });
  };

  const tell = (report: Report): void => {
    const { level, message, fields } = reportText(report);
    switch (report.type) {
      case "notReady":
        admin.initTargets().then(
          (targets) => log[level](message, { ...fields, waitsFor: targets.slice(0, SHOWN_TARGETS) }),
          () => log[level](message, { ...fields, waitsFor: "its admin interface does not answer" }),
        );
        return;
      case "refused":
        outcome.failed(new Error([`${message}: ${report.reason}`, ...lastLines].join("\n")));
        break;
      case "ready":
        outcome.ready();
        break;
      case "stopped":
        outcome.stopped();
    }
    const withLines = (report.type === "refused" || report.type === "exited") && lastLines.length > 0;
    log[level](message, withLines ? { ...fields, lastLines: [...lastLines] } : fields);
  };

  send({ type: "start", ...at() });
  return {
    ready: outcome.whenReady,
    done: outcome.whenDone,
    admin,
    get pid() {
      return child?.pid;
    },
    get phase() {
      return state.phase;
    },
    onState(callback) {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
    async stop() {
      send({ type: "stopRequested", ...at() });
      await outcome.whenDone;
    },
  };
}
