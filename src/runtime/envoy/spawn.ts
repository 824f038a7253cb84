// One Envoy process: its arguments, its environment, its log line by line, its end. No policy: that is the supervisor's.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { LOG_FORMAT } from "./log-line";

export interface LaunchOptions {
  readonly bootstrapFile: string;
  readonly drainTimeS: number;
  /** Worker threads; absent: Envoy's own default, one per CPU. */
  readonly concurrency?: number;
  readonly logLevel: string;
  /** Go after ours; Envoy refuses an option that is given twice. */
  readonly extraArgs: readonly string[];
}

/**
 * Envoy's arguments. No hot restart: certificates and services change over xDS, and live connections would not be
 * handed over anyway. Strategy `immediate`: a drain asks every HTTP client at once to go elsewhere.
 */
export function envoyArgs(options: LaunchOptions): readonly string[] {
  const names = new Set(options.extraArgs.map((arg) => arg.split("=")[0]));
  const logLevel = names.has("-l") || names.has("--log-level") ? [] : ["--log-level", options.logLevel];
  return [
    "-c",
    options.bootstrapFile,
    "--disable-hot-restart",
    "--drain-time-s",
    String(options.drainTimeS),
    "--drain-strategy",
    "immediate",
    ...(options.concurrency === undefined ? [] : ["--concurrency", String(options.concurrency)]),
    ...logLevel,
    ...(names.has("--log-format") ? [] : ["--log-format", LOG_FORMAT]),
    ...options.extraArgs,
  ];
}

/** What Envoy, its resolver and its log may need. All else stays away: our environment can hold Consul's token. */
const PASSED_ON = ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL", "LOCALDOMAIN", "RES_OPTIONS"];

export function envoyEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

export interface EnvoyProcess {
  /** Absent when the process could not be made. */
  readonly pid: number | undefined;
  kill(signal: NodeJS.Signals): void;
}

export interface ProcessEvents {
  readonly onSpawned: () => void;
  readonly onFailed: (reason: string) => void;
  /** After the last line. */
  readonly onExited: (code: number | null, signal: string | null) => void;
  readonly onLine: (line: string) => void;
}

/**
 * Starts `command` in a session of its own, so that Ctrl-C reaches us alone and connections can be drained.
 * It does not outlive us: pdeathsig() for a sudden death, an exit hook for an orderly one. Events come later, never
 * from within this call.
 */
export function spawnEnvoy(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  events: ProcessEvents,
): EnvoyProcess {
  const [file = "", ...args] = command;
  let child: ChildProcess;
  try {
    child = spawn(file, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    setImmediate(() => events.onFailed(String(error)));
    return { pid: undefined, kill: () => {} };
  }
  const killAtExit = (): void => void child.kill("SIGTERM");
  process.once("exit", killAtExit);
  child.once("spawn", events.onSpawned);
  child.on("error", (error) => {
    if (child.pid === undefined) events.onFailed(error.message);
  });
  child.once("close", (code, signal) => {
    process.off("exit", killAtExit);
    if (child.pid !== undefined) events.onExited(code, signal);
  });
  if (child.stderr !== null) createInterface({ input: child.stderr }).on("line", events.onLine);
  passOn(child);
  return { pid: child.pid, kill: (signal) => void child.kill(signal) };
}

/** Envoy's log is on standard error; on standard output are access logs, which go on as they are. */
function passOn(child: ChildProcess): void {
  // Whoever reads them may go away: the gateway stays, and Envoy does not wait for a full pipe.
  const drop = (): void => void child.stdout?.resume();
  process.stdout.on("error", drop);
  child.once("close", () => process.stdout.off("error", drop));
  child.stdout?.pipe(process.stdout, { end: false });
}

const run = promisify(execFile);

/**
 * Words to put before a command so that the kernel ends it when we die (Linux, util-linux's setpriv); none where that
 * is not to be had (busybox has a setpriv without the option).
 */
export async function pdeathsig(): Promise<readonly string[]> {
  if (process.platform !== "linux") return [];
  const words = ["setpriv", "--pdeathsig", "TERM"];
  try {
    await run("setpriv", ["--pdeathsig", "TERM", "setpriv", "--version"], { timeout: 2_000 });
    return words;
  } catch {
    return [];
  }
}

/** How many files a child may open: our own soft limit, which Node raises to the hard one at start. Linux only. */
export function openFilesLimit(): number | undefined {
  try {
    const found = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"));
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}
