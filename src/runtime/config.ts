// Flags and environment → RuntimeConfig, or every mistake at once. The only place that knows precedence:
// a flag wins over the environment, the environment over the default.

import type { Issue, Result } from "../model/issues";
import { CALLER_NAME } from "../model/validate/names";
import { type GatewayFlags, type OptionFlags, parseGatewayFlags } from "./options/flags";
import type { LogLevel } from "./ports";
import { type ConsulFlags, type ConsulSettings, parseConsulSettings } from "./source/consul/settings";
import { type ManifestFlags, parseManifestFlags } from "./source/manifest/place";

/** As the command line gives them: text or absent. */
export interface Flags extends ConsulFlags, ManifestFlags, OptionFlags {
  readonly gateway?: string;
  readonly stateDir?: string;
  readonly runDir?: string;
  readonly envoyPath?: string;
  readonly envoyVersion?: string;
  readonly drainTime?: string;
  readonly restartSilentEnvoy?: string;
  readonly concurrency?: string;
  readonly logLevel?: string;
  /** Consul is not asked, whatever the environment says. */
  readonly standalone?: boolean;
}

export interface RuntimeConfig {
  /** Manifest file, cdktf.out directory, or `-` for standard input. Standalone needs it; with Consul it adds to it. */
  readonly manifest?: string;
  /** Key of Consul's KV store that holds the manifest instead; with Consul only. */
  readonly manifestKv?: string;
  /** Which gateway of the manifest source; absent when there is only one. Without a manifest: its config entry. */
  readonly gateway?: string;
  /** Present: Consul is the source. Absent: the manifest is. */
  readonly consul?: ConsulSettings;
  /** Private state (embedded CA, last good state), 0700. A folder per gateway is made below it. */
  readonly stateDir: string;
  /** Sockets and bootstrap, 0700, short; a folder per gateway is made below it. */
  readonly runDir: string;
  /** Envoy's binary. @default - ENVOY_PATH, then PATH, then the cache */
  readonly envoyPath?: string;
  /** Which cached Envoy to take. @default - the newest */
  readonly envoyVersion?: string;
  /** Seconds that connections get to end, 0-3600. */
  readonly drainTimeS: number;
  /** Seconds without an answer after which Envoy is ended and started again, 0-86400; 0: never. */
  readonly restartSilentS: number;
  /** Envoy worker threads; absent: one per CPU. */
  readonly concurrency?: number;
  /** The least that is logged. */
  readonly logLevel: LogLevel;
  /** Options of Consul's gateways, and words that allow what is public. @default - no options, and nothing public */
  readonly options?: GatewayFlags;
}

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const satisfies readonly LogLevel[];

/** Long enough for a request, short enough for a deploy. Envoy's own 600 s would hold every restart for ten minutes. */
export const DEFAULT_DRAIN_TIME_S = 10;

/** A gateway that serves nobody is worth a restart; ten minutes of a debugger on Envoy are not the usual case. */
export const DEFAULT_RESTART_SILENT_S = 60;

type Environment = Readonly<Record<string, string | undefined>>;

export interface Host {
  /** With `tmpDir`: the run directory where XDG_RUNTIME_DIR is not set. */
  readonly uid: number;
  readonly tmpDir: string;
  /** The replica's name where none is given. */
  readonly hostname: string;
}

/**
 * What a command works on: a manifest on disk, a manifest that may also be a key of Consul's, any source of a gateway, or a
 * gateway that runs already.
 */
export type Needs = "manifest" | "manifest or key" | "source" | "running";

/** Only a command that needs a source looks for Consul, or one that is asked for a key there. */
export function parseConfig(flags: Flags, env: Environment, host: Host, needs: Needs): Result<RuntimeConfig> {
  const issues: Issue[] = [];
  const asksKey = needs === "manifest or key" && flags.manifestKv !== undefined;
  const looks = (needs === "source" && flags.standalone !== true) || asksKey;
  const consul = looks ? parseConsulSettings(flags, env, host.hostname) : ({ ok: true, value: undefined } as const);
  if (!consul.ok) issues.push(...consul.error);
  const onConsul = looks && (flags.consulAddr ?? (env.CONSUL_HTTP_ADDR || undefined)) !== undefined;
  const { place, issues: misplaced } = parseManifestFlags(
    flags,
    looks ? env : { ...env, CONSUL_TGW_MANIFEST_KV: undefined },
    onConsul,
  );
  issues.push(...misplaced);
  const { manifest } = place;
  if (manifest === undefined && misplaced.length === 0 && needs !== "running" && !onConsul)
    issues.push(noSource(needs, flags));
  if (manifest === undefined && onConsul && !asksKey && !isName(flags.gateway)) issues.push(noGateway(flags.gateway));
  const options = parseGatewayFlags(flags);
  if (!options.ok) issues.push(...options.error);
  const drainTimeS = wholeNumber("--drain-time", flags.drainTime, 0, 3600, issues) ?? DEFAULT_DRAIN_TIME_S;
  const silence = wholeNumber("--restart-silent-envoy", flags.restartSilentEnvoy, 0, 86_400, issues);
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
      stateDir: stateDir ?? "",
      runDir: flags.runDir ?? runtimeHome(env, host),
      drainTimeS,
      restartSilentS: silence ?? DEFAULT_RESTART_SILENT_S,
      logLevel: logLevel ?? "info",
      ...place,
      ...(options.ok && options.value !== undefined ? { options: options.value } : {}),
      ...(consul.ok && consul.value !== undefined ? { consul: consul.value } : {}),
      ...(flags.gateway === undefined ? {} : { gateway: flags.gateway }),
      ...(flags.envoyPath === undefined ? {} : { envoyPath: flags.envoyPath }),
      ...(flags.envoyVersion === undefined ? {} : { envoyVersion: flags.envoyVersion }),
      ...(concurrency === undefined ? {} : { concurrency }),
    },
  };
}

/** It names a directory as well, so it is held to what a mesh service may be called. */
function isName(text: string | undefined): boolean {
  return text !== undefined && CALLER_NAME.test(text);
}

function noGateway(got: string | undefined): Issue {
  return {
    path: "--gateway",
    got: got === undefined ? "nothing" : JSON.stringify(got),
    allowed: "the name of a terminating-gateway config entry",
    hint: "name the gateway to run, or pass a manifest that declares it",
  };
}

function noSource(needs: Needs, { standalone }: Flags): Issue {
  if (needs !== "source" || standalone === true) {
    return {
      path: "--manifest",
      got: "nothing",
      allowed: "a manifest file, a cdktf.out directory, or - for standard input",
      hint: "synthesise your program first (cdktf synth), then pass its output",
    };
  }
  return {
    path: "--manifest, --consul-addr",
    got: "neither",
    allowed: "a manifest (standalone), or a Consul server with --gateway",
    hint: "pass the manifest of your declaration, or --consul-addr (env CONSUL_HTTP_ADDR) and --gateway <name>",
  };
}

function stateHome(env: Environment): string | undefined {
  const home = env.XDG_STATE_HOME ?? (env.HOME === undefined ? undefined : `${env.HOME}/.local/state`);
  return home === undefined ? undefined : `${home}/consul-terminating-gateway`;
}

function runtimeHome(env: Environment, host: Host): string {
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
