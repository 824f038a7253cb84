// A child process of the benchmark: what it printed, what it cost, how it ends.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Child {
  /** Throws when the process could not be made. */
  readonly pid: number;
  /** Last lines of both outputs, for messages. */
  output(): string;
  /** Lines so far that say that a signing request was refused. */
  refusals(): number;
  exited(): boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, after 3 s SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
}

const STOP_MS = 3_000;
/** What Consul says when more leaves are asked for than it signs a second, and what its clients repeat. */
export const REFUSED = /rate limit reached/gi;

const alive = new Set<ChildProcess>();
// Also what nobody came to stop, where a signal ends the benchmark.
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

export function startChild(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Child {
  const child: ChildProcess = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  let text = "";
  let refusals = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      refusals += chunk.toString().match(REFUSED)?.length ?? 0;
      text = `${text}${chunk}`.slice(-4_000);
    });
  }
  child.on("error", (error) => {
    text += error.message;
  });
  const exited = (): boolean => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (exited()) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await gone;
    clearTimeout(timer);
  };
  return {
    get pid() {
      if (child.pid === undefined) throw new Error(`${command}: ${text}`);
      return child.pid;
    },
    output: () => text,
    refusals: () => refusals,
    exited,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

/** CPU seconds that a process has used, user and system. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime and stime, in ticks of 10 ms on every Linux.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of a process in MiB. */
export function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}
