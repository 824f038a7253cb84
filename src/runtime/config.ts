// Flags and environment → RuntimeConfig, or every mistake at once. The only place that knows precedence:
// a flag wins over the environment, the environment over the default.

import type { Issue, Result } from "../model/issues";

/** As the command line gives them: text or absent. */
export interface Flags {
  readonly manifest?: string;
  readonly gateway?: string;
  readonly stateDir?: string;
  readonly runDir?: string;
  readonly envoyPath?: string;
  readonly envoyVersion?: string;
  readonly drainTime?: string;
  readonly concurrency?: string;
  readonly logLevel?: string;
}

export interface RuntimeConfig {
  /** Manifest file, cdktf.out directory, or `-` for standard input. */
  readonly manifest: string;
  /** Which gateway of the manifest source; absent when there is only one. */
  readonly gateway?: string;
  /** Private state (embedded CA, last good state), 0700. A folder per gateway is made below it. */
  readonly stateDir: string;
  /** Sockets and bootstrap, 0700, short; a folder per gateway is made below it. */
  readonly runDir: string;
  readonly envoyPath?: string;
  readonly envoyVersion?: string;
  /** Seconds that connections get to end, 0-3600. */
  readonly drainTimeS: number;
  /** Envoy worker threads; absent: one per CPU. */
  readonly concurrency?: number;
  readonly logLevel: LogLevel;
}

export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** Long enough for a request, short enough for a deploy. Envoy's own 600 s would hold every restart for ten minutes. */
export const DEFAULT_DRAIN_TIME_S = 10;

type Environment = Readonly<Record<string, string | undefined>>;

/** `uid` and `tmpDir` serve the run directory where XDG_RUNTIME_DIR is not set. */
export function parseConfig(
  flags: Flags,
  env: Environment,
  host: { readonly uid: number; readonly tmpDir: string },
): Result<RuntimeConfig> {
  const issues: Issue[] = [];
  const manifest = flags.manifest ?? env.CONSUL_TGW_MANIFEST;
  if (manifest === undefined) {
    issues.push({
      path: "--manifest",
      got: "nothing",
      allowed: "a manifest file, a cdktf.out directory, or - for standard input",
      hint: "synthesise your program first (cdktf synth), then pass its output",
    });
  }
  const drainTimeS = wholeNumber("--drain-time", flags.drainTime, 0, 3600, issues) ?? DEFAULT_DRAIN_TIME_S;
  const concurrency = wholeNumber("--concurrency", flags.concurrency, 1, 1024, issues);
  const logLevel = LOG_LEVELS.find((level) => level === (flags.logLevel ?? "info"));
  if (logLevel === undefined) {
    issues.push({
      path: "--log-level",
      got: JSON.stringify(flags.logLevel),
      allowed: LOG_LEVELS.join(", "),
      hint: "choose one of these levels",
    });
  }
  const stateDir = flags.stateDir ?? stateHome(env);
  if (stateDir === undefined) {
    issues.push({
      path: "--state-dir",
      got: "nothing, and neither XDG_STATE_HOME nor HOME is set",
      allowed: "a directory that only this user can read",
      hint: "pass --state-dir",
    });
  }
  if (issues.length > 0) return { ok: false, error: issues };
  return {
    ok: true,
    value: {
      manifest: manifest ?? "",
      stateDir: stateDir ?? "",
      runDir: flags.runDir ?? runtimeHome(env, host),
      drainTimeS,
      logLevel: logLevel ?? "info",
      ...(flags.gateway === undefined ? {} : { gateway: flags.gateway }),
      ...(flags.envoyPath === undefined ? {} : { envoyPath: flags.envoyPath }),
      ...(flags.envoyVersion === undefined ? {} : { envoyVersion: flags.envoyVersion }),
      ...(concurrency === undefined ? {} : { concurrency }),
    },
  };
}

function stateHome(env: Environment): string | undefined {
  const home = env.XDG_STATE_HOME ?? (env.HOME === undefined ? undefined : `${env.HOME}/.local/state`);
  return home === undefined ? undefined : `${home}/consul-terminating-gateway`;
}

function runtimeHome(env: Environment, host: { readonly uid: number; readonly tmpDir: string }): string {
  return env.XDG_RUNTIME_DIR === undefined
    ? `${host.tmpDir}/consul-tgw-${host.uid}`
    : `${env.XDG_RUNTIME_DIR}/consul-tgw`;
}

function wholeNumber(
  path: string,
  text: string | undefined,
  least: number,
  most: number,
  issues: Issue[],
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  issues.push({
    path,
    got: JSON.stringify(text),
    allowed: `a whole number, ${least}-${most}`,
    hint: "correct the flag",
  });
  return undefined;
}
