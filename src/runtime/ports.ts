// What the shell needs from the outside world, as interfaces, and their real versions. Tests pass their own.

import pino from "pino";

/** Cancels a timer; calling it twice, or after the timer fired, does nothing. */
export type Cancel = () => void;

/** Wall-clock time and timers. The two may disagree: a timer counts real time, `now` can jump when the clock is set. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fire` once, `ms` milliseconds from now; below 0 means at once. */
  setTimer(ms: number, fire: () => void): Cancel;
}

/** Uniform in [0, 1). */
export type Random = () => number;

export type LogLevel = "debug" | "info" | "warn" | "error";

export type Fields = Readonly<Record<string, unknown>>;

/** Structured log lines. Callers never pass secrets: a logger does not redact. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** setTimeout's own limit; above it Node fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. Its timers keep the process alive until they fire or are cancelled. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(ms, fire) {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      const step = Math.min(left, LONGEST_TIMER_MS);
      timer = setTimeout(() => (left > step ? arm(left - step) : fire()), step);
    };
    arm(Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};

/**
 * One line per message on standard error: JSON, or `LEVEL message key=value …` for people.
 * Written synchronously, so that the last line before an exit is not lost.
 */
export function makeLogger(options: { readonly level: LogLevel; readonly json: boolean }): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  const stream = options.json ? destination : { write: (line: string) => destination.write(`${plainLine(line)}\n`) };
  const logger = pino(
    { level: options.level, base: null, formatters: { level: (label) => ({ level: label }) } },
    stream,
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

function plainLine(line: string): string {
  const { level, msg, time, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const stamp = new Date(Number(time)).toISOString();
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [stamp, String(level).toUpperCase().padEnd(5), String(msg), ...rest].join(" ");
}
