// What the tools say while they work: one line per event with the time since the start, on standard error.
import { spawn } from "node:child_process";

const STILL_EVERY_MS = 10_000;
const SIGNALS = ["SIGINT", "SIGTERM"];
const started = Date.now();

/** One progress line, as `[ 12.3 s] building …`. */
export function say(text) {
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`[${seconds} s] ${text}\n`);
}

/** As exitCode(), but rejects when the program does not exit with 0. */
export async function run(command, args, { cwd, env, name = command }) {
  const code = await exitCode(command, args, { cwd, env, name });
  if (code !== 0) throw new Error(`${name} failed (exit code ${code})`);
}

/**
 * Runs a program to its end; its output is passed through, and a silent one is reported every 10 s unless `heartbeat` is
 * false. Resolves with its exit code; rejects when it cannot be started or was ended by a signal. A signal to us is the program's to answer.
 */
export function exitCode(command, args, { cwd, env = process.env, name = command, heartbeat = true }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const still = setInterval(() => heartbeat && say(`  … ${name} is still at work`), STILL_EVERY_MS);
    const pass = (from, to) =>
      from.on("data", (chunk) => {
        to.write(chunk);
        still.refresh();
      });
    pass(child.stdout, process.stdout);
    pass(child.stderr, process.stderr);
    // A terminal sends Ctrl-C to the whole group; only SIGTERM has to be passed on.
    const onSignal = (signal) => signal === "SIGTERM" && child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, onSignal);
    const end = (settle) => {
      clearInterval(still);
      for (const signal of SIGNALS) process.off(signal, onSignal);
      settle();
    };
    child.once("error", (error) => end(() => reject(new Error(`${name} cannot be started: ${error.message}`))));
    child.once("close", (code, signal) =>
      end(() => (signal === null ? resolve(code) : reject(new Error(`${name} was ended by ${signal}`)))),
    );
  });
}
