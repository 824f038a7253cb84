// All that must be in place before an Envoy can be started: nobody else's Envoy, a bootstrap file, the command line.

import { rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { EnvoyAdmin } from "./admin";
import { connectionLimit, makeBootstrap } from "./bootstrap";
import type { RunDir } from "./run-dir";
import { envoyArgs, type LaunchOptions, openFilesLimit, pdeathsig } from "./spawn";

export interface PrepareOptions extends Omit<LaunchOptions, "bootstrapFile"> {
  readonly binary: string;
  readonly runDir: RunDir;
  readonly nodeId: string;
  readonly cluster: string;
}

/** An Envoy whose supervisor was killed is gone within a second; one that lives longer belongs to somebody. */
const OTHER_ENVOY_POLLS = 30;
const OTHER_ENVOY_POLL_MS = 100;

/** Writes the bootstrap (0600) and resolves with the command that starts Envoy; rejects with a reason for people. */
export async function prepareLaunch(options: PrepareOptions, admin: EnvoyAdmin): Promise<readonly string[]> {
  const { runDir } = options;
  await expectNoOtherEnvoy(admin, runDir);
  const openFiles = openFilesLimit();
  const bootstrap = makeBootstrap({
    nodeId: options.nodeId,
    cluster: options.cluster,
    adsSocket: runDir.adsSocket,
    adminSocket: runDir.adminSocket,
    ...(openFiles === undefined ? {} : { maxConnections: connectionLimit(openFiles) }),
  });
  rmSync(runDir.bootstrapFile, { force: true });
  writeFileSync(runDir.bootstrapFile, JSON.stringify(bootstrap, undefined, 2), { mode: 0o600, flag: "wx" });
  return [...(await pdeathsig()), options.binary, ...envoyArgs({ ...options, bootstrapFile: runDir.bootstrapFile })];
}

/** Two Envoys would share the gateway's port (SO_REUSEPORT) and half of the callers would meet the old one. */
async function expectNoOtherEnvoy(admin: EnvoyAdmin, runDir: RunDir): Promise<void> {
  for (let poll = 0; poll < OTHER_ENVOY_POLLS; poll++) {
    const answers = await admin.isReady().then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== "ENOENT" && error.code !== "ECONNREFUSED",
    );
    if (!answers) return;
    await sleep(OTHER_ENVOY_POLL_MS);
  }
  throw new Error(
    `another Envoy uses ${runDir.adminSocket}: stop it (is this gateway running already?) or pass another --run-dir`,
  );
}
