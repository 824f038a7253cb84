// All that must be in place before an Envoy can be started: nobody else's Envoy, a bootstrap file, the command line.

import { execFile } from "node:child_process";
import { lstatSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { formatPlace } from "../../model/place";
import type { Logger } from "../ports";
import type { EnvoyAdmin } from "./admin";
import type { AdminAddress } from "./admin-address";
import { connectionLimit, makeBootstrap } from "./bootstrap";
import { LOG_FORMAT, parseLogLine } from "./log-line";
import type { RunDir } from "./run-dir";
import { envoyArgs, envoyEnvironment, type LaunchOptions, openFilesLimit, pdeathsig } from "./spawn";
import { isEmpty, NO_PARTS, type StaticParts } from "./static-parts";

export interface PrepareOptions extends Omit<LaunchOptions, "bootstrapFile"> {
  /** Path of the binary, from locateEnvoy(). */
  readonly binary: string;
  readonly runDir: RunDir;
  readonly adminAddress: AdminAddress;
  /** Added to the bootstrap; Envoy is started when it is known. @default - nothing */
  readonly parts?: Promise<StaticParts>;
  /** Envoy does not take these parts: it is started without. @default - only the log says so */
  readonly onPartsRefused?: (reason: string) => void;
  readonly nodeId: string;
  readonly cluster: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

/** An Envoy whose supervisor was killed is gone within a second; one that lives longer belongs to somebody. */
const OTHER_ENVOY_POLLS = 30;
const OTHER_ENVOY_POLL_MS = 100;
/** Reading a bootstrap takes a fraction of a second. */
const VALIDATE_MS = 20_000;

/** Writes the bootstrap (0600) and resolves with the command that starts Envoy; rejects with a reason for people. */
export async function prepareLaunch(options: PrepareOptions, admin: EnvoyAdmin): Promise<readonly string[]> {
  const { runDir, adminAddress, log } = options;
  await expectNoOtherEnvoy(admin, adminAddress);
  expectSocketOrNothing(adminAddress);
  const parts = (await options.parts) ?? NO_PARTS;
  writeBootstrap(options, parts);
  const refusal = isEmpty(parts) ? undefined : await refusalOf(options);
  if (refusal !== undefined) {
    log.error("Envoy does not take what the gateway's options add to its bootstrap: it starts without all of it", {
      reason: refusal,
    });
    options.onPartsRefused?.(refusal);
    writeBootstrap(options, NO_PARTS);
  }
  return [...(await pdeathsig()), options.binary, ...envoyArgs({ ...options, bootstrapFile: runDir.bootstrapFile })];
}

function writeBootstrap({ nodeId, cluster, runDir, adminAddress }: PrepareOptions, parts: StaticParts): void {
  const openFiles = openFilesLimit();
  const bootstrap = makeBootstrap({
    ...{ nodeId, cluster, adsSocket: runDir.adsSocket, adminSocket: adminAddress, parts },
    ...(openFiles === undefined ? {} : { maxConnections: connectionLimit(openFiles) }),
  });
  rmSync(runDir.bootstrapFile, { force: true });
  writeFileSync(runDir.bootstrapFile, JSON.stringify(bootstrap, undefined, 2), { mode: 0o600, flag: "wx" });
}

const run = promisify(execFile);

/** What Envoy itself says against the bootstrap; a mistake in a user's part must not cost the gateway. */
async function refusalOf({ binary, runDir, env }: PrepareOptions): Promise<string | undefined> {
  const args = ["--mode", "validate", "-c", runDir.bootstrapFile, "--log-level", "error", "--log-format", LOG_FORMAT];
  try {
    await run(binary, args, { timeout: VALIDATE_MS, env: envoyEnvironment(env) });
    return undefined;
  } catch (error) {
    const { stderr = "", message } = error as Error & { readonly stderr?: string };
    const [first = message] = stderr.split("\n").flatMap((line) => {
      const { level, component, message: text } = parseLogLine(line);
      return level === "error" && component !== "" ? [text] : [];
    });
    return first.replace(/^error initializing configuration '[^']*': /, "").slice(0, 500);
  }
}

/** Envoy's admin socket takes the place of an old one; nothing else is removed for it. */
function expectSocketOrNothing(at: AdminAddress): void {
  const found = typeof at === "string" ? lstatSync(at, { throwIfNoEntry: false }) : undefined;
  if (found === undefined || found.isSocket()) return;
  throw new Error(`${String(at)} is there and is no socket: pass another --admin-bind`);
}

/** Two Envoys would share the gateway's port (SO_REUSEPORT) and half of the callers would meet the old one. */
async function expectNoOtherEnvoy(admin: EnvoyAdmin, at: AdminAddress): Promise<void> {
  for (let poll = 0; poll < OTHER_ENVOY_POLLS; poll++) {
    const answers = await admin.isReady().then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== "ENOENT" && error.code !== "ECONNREFUSED",
    );
    if (!answers) return;
    await sleep(OTHER_ENVOY_POLL_MS);
  }
  const where = typeof at === "string" ? at : formatPlace(at);
  throw new Error(
    `another Envoy uses ${where}: stop it (is this gateway running already?) or pass another --run-dir or --admin-bind`,
  );
}
