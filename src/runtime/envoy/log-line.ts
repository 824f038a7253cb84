// One line of Envoy's log in the format that we start it with (LOG_FORMAT): level, component, message. Pure.

export interface EnvoyLogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  /** Envoy's logger, as `config`; empty for a line that is not in the format. */
  readonly component: string;
  readonly message: string;
}

/** For `--log-format`: %l level, %n logger, %v message. Time and thread are left out, our own log adds the time. */
export const LOG_FORMAT = "[%l][%n] %v";

const LEVELS: Readonly<Record<string, EnvoyLogLine["level"]>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  critical: "error",
};

/**
 * A line that is not in the format (a crash trace, the output of a wrapper) becomes a warning as it stands; one of JSON is of
 * an access log on standard error.
 */
export function parseLogLine(line: string): EnvoyLogLine {
  const found = /^\[(\w+)\]\[([^\]]*)\] (.*)$/.exec(line);
  const level = LEVELS[found?.[1] ?? ""];
  if (level === undefined) return { level: line.startsWith('{"') ? "info" : "warn", component: "", message: line };
  return { level, component: found?.[2] ?? "", message: found?.[3] ?? "" };
}
