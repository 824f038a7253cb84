// A POSIX script that runs a gateway in the foreground: for a terminal, a container's entry point or another supervisor.

import { PROCESS_RULES } from "./form-rules";
import type { LaunchedGateway, LaunchFile, ProcessOptions } from "./options";
import { absolutePath, listOf, optional, type Rules, text } from "./rules";
import { manifestFiles, runArguments } from "./run-arguments";
import { shellWords } from "./shell-words";

export interface ShellOptions extends Omit<ProcessOptions, "stopSeconds"> {
  /** Program and arguments before `run`. @default ["consul-tgw"] */
  readonly command?: readonly string[];
  /** Private state of the process. @default - as for `consul-tgw run` */
  readonly stateDir?: string;
  /** Its sockets. @default - as for `consul-tgw run` */
  readonly runDir?: string;
  /** File with a Consul token; only its path is written. @default - no token */
  readonly tokenFile?: string;
}

export const SHELL_RULES: Rules<ShellOptions> = {
  consul: PROCESS_RULES.consul,
  arguments: PROCESS_RULES.arguments,
  environment: PROCESS_RULES.environment,
  command: optional(listOf(text(), 1)),
  stateDir: optional(absolutePath),
  runDir: optional(absolutePath),
  tokenFile: optional(absolutePath),
};

/** `<gateway>.sh` and the manifest, which it looks for beside itself where it reads one. */
export function renderShell(gateway: LaunchedGateway, options: ShellOptions = {}): readonly LaunchFile[] {
  const { gatewayName, readsManifest } = gateway;
  const { command = ["consul-tgw"], stateDir, runDir, tokenFile, environment = {} } = options;
  const variables = Object.entries({
    ...environment,
    ...(tokenFile === undefined ? {} : { CONSUL_HTTP_TOKEN_FILE: tokenFile }),
  }).sort(([a], [b]) => (a < b ? -1 : 1));
  const flags = [
    ...(stateDir === undefined ? [] : ["--state-dir", stateDir]),
    ...(runDir === undefined ? [] : ["--run-dir", runDir]),
    ...runArguments(gateway, options),
  ];
  const manifestName = `${gatewayName}.manifest.json`;
  const run = shellWords([...command, "run"]);
  const lines = [
    "#!/bin/sh",
    "# Runs a Consul terminating gateway in the foreground. SIGTERM drains and stops it, SIGHUP reads the manifest anew.",
    "set -eu",
    ...(readsManifest ? ['here="$(cd -- "$(dirname -- "$0")" && pwd)"'] : []),
    ...variables.map(([name, value]) => `export ${name}=${shellWords([value])}`),
    // `exec`, so that signals reach the process itself.
    readsManifest
      ? `exec ${run} --manifest "$here"/${shellWords([manifestName, ...flags])}`
      : `exec ${run} ${shellWords(flags)}`,
  ];
  return [
    { name: `${gatewayName}.sh`, text: `${lines.join("\n")}\n`, mode: 0o755 },
    ...manifestFiles(gateway, manifestName),
  ];
}
