// The Envoy of a run: how it is found and started by the configuration, and what is said of it.

import type { RuntimeConfig } from "./config";
import type { AdminAddress } from "./envoy/admin-address";
import type { LocatedEnvoy, locateEnvoy } from "./envoy/locate";
import type { EnvoyHandle, EnvoyOptions } from "./envoy/process";
import type { RunDir } from "./envoy/run-dir";
import { formatVersion } from "./envoy/version";
import type { RunningSource } from "./gateway-source";
import { type Logger, systemClock } from "./ports";
import type { EnvoyStatus } from "./status/view";

export function locateOptions({ envoyPath, envoyVersion }: RuntimeConfig): Parameters<typeof locateEnvoy>[0] {
  return {
    env: process.env,
    ...(envoyPath === undefined ? {} : { path: envoyPath }),
    ...(envoyVersion === undefined ? {} : { version: envoyVersion }),
  };
}

/** Where Envoy's admin interface is. */
export function adminOf({ options }: RuntimeConfig, runDir: RunDir): AdminAddress {
  return options?.admin ?? runDir.adminSocket;
}

export function envoyOptions(options: {
  readonly config: RuntimeConfig;
  readonly envoy: LocatedEnvoy;
  readonly runDir: RunDir;
  readonly gateway: string;
  readonly envoyArgs: readonly string[];
  readonly running: Pick<RunningSource, "parts" | "partsRefused">;
  readonly log: Logger;
}): EnvoyOptions {
  const { config, envoy, runDir, gateway, envoyArgs, running, log } = options;
  const { drainTimeS, restartSilentS, concurrency } = config;
  return {
    binary: envoy.path,
    runDir,
    admin: adminOf(config, runDir),
    parts: running.parts,
    onPartsRefused: running.partsRefused,
    nodeId: gateway,
    cluster: gateway,
    drainTimeS,
    restartSilentS,
    ...(concurrency === undefined ? {} : { concurrency }),
    extraArgs: envoyArgs,
    env: process.env,
    clock: systemClock,
    random: Math.random,
    log,
  };
}

/** @param seen of an Envoy that others start: whether it is there and does not answer, and how many xDS streams are open */
export function envoyStatus(
  envoy: EnvoyHandle | undefined,
  located: LocatedEnvoy | undefined,
  seen: { readonly silent: boolean; readonly streams: number },
): EnvoyStatus {
  if (envoy === undefined) return { state: seen.silent ? "silent" : seen.streams > 0 ? "connected" : "absent" };
  const { pid, phase } = envoy;
  return {
    state: phase,
    ...(pid === undefined ? {} : { pid }),
    ...(located === undefined ? {} : { version: formatVersion(located.version) }),
  };
}
