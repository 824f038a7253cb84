// Terminals of somebody who types what a page says: one shell whose folder and variables last from block to block, and others
// for what goes on running. None can ask: what is typed has no input.

import { type ChildProcess, spawn } from "node:child_process";

export interface Terminal {
  /** Types a block, whose every command must succeed: all that it printed. @param limitMs for the whole block */
  type(text: string, limitMs: number): Promise<string>;
  close(): void;
}

export interface Running {
  /** Resolves as soon as what was printed fits; rejects when it ends or time runs out before. */
  says(wanted: RegExp, limitMs: number): Promise<void>;
  /** Ctrl-C, so often: everything that it started gets the signal. Resolves when it has ended. */
  interrupt(times: number): Promise<void>;
  /** Ends it in any case. A gateway ends its Envoy, which is out of reach from here, so it gets the time for that. */
  close(): Promise<void>;
}

const END_MS = 30_000;
/** Between two presses of a key. */
const NEXT_MS = 500;
const OPTIONS = ["-e", "-u", "-o", "pipefail", "-c"];
/** A block comes over descriptor 3, ended by NUL; then the same on standard output says that it is done. */
const LOOP = `exec 2>&1; while IFS= read -r -d '' block <&3; do eval "$block" 3<&-; printf '\\0'; done`;

export function openTerminal(cwd: string, env: NodeJS.ProcessEnv): Terminal {
  const shell = spawn("bash", [...OPTIONS, LOOP], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "ignore", "pipe"],
  });
  const printed = collect(shell);
  let from = 0;
  return {
    async type(text, limitMs) {
      (shell.stdio[3] as NodeJS.WritableStream).write(`${text}\0`);
      await printed.until((all) => all.indexOf("\0", from) >= 0, limitMs);
      const end = printed.text().indexOf("\0", from);
      const output = printed.text().slice(from, end);
      from = end + 1;
      return output;
    },
    close: () => kill(shell, "SIGKILL"),
  };
}

/** A terminal in which a block goes on running. */
export function runElsewhere(text: string, cwd: string, env: NodeJS.ProcessEnv): Running {
  const shell = spawn("bash", [...OPTIONS, text], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const printed = collect(shell);
  return {
    says: (wanted, limitMs) => printed.until((all) => wanted.test(all), limitMs),
    async interrupt(times) {
      for (let at = 0; at < times; at += 1) {
        if (at > 0) await new Promise((resolve) => setTimeout(resolve, NEXT_MS));
        kill(shell, "SIGINT");
      }
      await printed.ended(END_MS);
    },
    async close() {
      // The second one ends the drain.
      for (const signal of ["SIGTERM", "SIGTERM"] as const) kill(shell, signal);
      await printed.ended(END_MS).catch(() => undefined);
      kill(shell, "SIGKILL");
    },
  };
}

function collect(child: ChildProcess) {
  let all = "";
  let hasEnded = false;
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (data: Buffer) => {
      all += data.toString();
      wake();
    });
  }
  child.once("close", () => {
    hasEnded = true;
    wake();
  });
  const wait = (test: () => boolean, isOver: () => boolean, limitMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const finish = (problem?: string): void => {
        clearTimeout(timer);
        watchers.delete(look);
        if (problem === undefined) resolve();
        else reject(new Error(`${problem}:\n${all.slice(-4_000)}`));
      };
      const look = (): void => {
        if (test()) finish();
        else if (isOver()) finish("it ended");
      };
      const timer = setTimeout(() => finish(`nothing came of it in ${limitMs / 1000} s`), limitMs);
      watchers.add(look);
      look();
    });
  return {
    text: () => all,
    until: (test: (all: string) => boolean, limitMs: number) =>
      wait(
        () => test(all),
        () => hasEnded,
        limitMs,
      ),
    ended: (limitMs: number) =>
      wait(
        () => hasEnded,
        () => false,
        limitMs,
      ),
  };
}

/** The shell and all that it started. */
function kill(shell: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (shell.pid !== undefined) process.kill(-shell.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
