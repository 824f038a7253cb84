// Finds the Envoy binary: option, ENVOY_PATH, PATH, cache, in this order; asks it for its version and judges that.

import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Issue, Result } from "../../model/issues";
import {
  compareVersions,
  type EnvoyVersion,
  formatVersion,
  isSupported,
  knownHoles,
  MIN_ENVOY,
  parseVersion,
  refusalReason,
} from "./version";

export interface LocateOptions {
  /** Path of the binary; nothing else is looked at then. */
  readonly path?: string;
  /** A version in the cache, as `1.40.0`; PATH is not looked at then. */
  readonly version?: string;
  /** ENVOY_PATH, PATH, TGW_CACHE_DIR, XDG_CACHE_HOME. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface LocatedEnvoy {
  readonly path: string;
  readonly version: EnvoyVersion;
  /** What to tell the user although this Envoy is usable: known holes of this release. */
  readonly warnings: readonly string[];
}

interface Candidate {
  readonly path: string;
  /** Which setting named it, for the Issue. */
  readonly from: string;
}

const VERSION_TIMEOUT_MS = 10_000;
const run = promisify(execFile);

/** The first Envoy found, when it is usable. A named one that is not, is an Issue; nothing else is tried then. */
export async function locateEnvoy(options: LocateOptions): Promise<Result<LocatedEnvoy>> {
  const found = await findCandidate(options);
  if (found === undefined) return { ok: false, error: [notFound(options)] };
  return judge(found);
}

async function findCandidate({ path, version, env }: LocateOptions): Promise<Candidate | undefined> {
  if (path !== undefined) return { path, from: "--envoy-path" };
  if (env.ENVOY_PATH) return { path: env.ENVOY_PATH, from: "ENVOY_PATH" };
  const cache = join(cacheDir(env), "envoy");
  if (version !== undefined) {
    const cached = join(cache, version, "envoy");
    return (await isExecutable(cached)) ? { path: cached, from: "--envoy-version" } : undefined;
  }
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    const candidate = join(folder, "envoy");
    if (folder !== "" && (await isExecutable(candidate))) return { path: candidate, from: "PATH" };
  }
  const newest = (await readdir(cache).catch(() => []))
    .flatMap((name) => parseVersion(`version: 0/${name}/`) ?? [])
    .filter(isSupported)
    .sort(compareVersions)
    .at(-1);
  return newest && { path: join(cache, formatVersion(newest), "envoy"), from: "the cache" };
}

async function judge({ path, from }: Candidate): Promise<Result<LocatedEnvoy>> {
  const issue = (got: string, hint: string): Result<LocatedEnvoy> => ({
    ok: false,
    error: [{ path: from, got, allowed: `Envoy ${formatVersion(MIN_ENVOY)} or newer`, hint }],
  });
  if (!(await isExecutable(path))) return issue(`${path}, which is no executable file`, "correct the path");
  let text: string;
  try {
    text = (await run(path, ["--version"], { timeout: VERSION_TIMEOUT_MS })).stdout;
  } catch (error) {
    const { code, signal } = error as { code?: number | string; signal?: string };
    return issue(`${path}, which failed on --version (${signal ?? code})`, "check that it runs on this machine");
  }
  const version = parseVersion(text);
  if (version === undefined) return issue(`${path}, whose --version names none`, "is this really Envoy?");
  const refusal = refusalReason(version);
  if (refusal !== undefined) return issue(`Envoy ${formatVersion(version)} at ${path}`, refusal);
  return { ok: true, value: { path, version, warnings: knownHoles(version) } };
}

function notFound({ version }: LocateOptions): Issue {
  return {
    path: version === undefined ? "--envoy-path" : "--envoy-version",
    got: version === undefined ? "no Envoy in ENVOY_PATH, PATH or the cache" : `${version}, which is not in the cache`,
    allowed: `Envoy ${formatVersion(MIN_ENVOY)} or newer`,
    hint: "install Envoy (https://www.envoyproxy.io/docs/envoy/latest/start/install) or set ENVOY_PATH",
  };
}

function cacheDir(env: LocateOptions["env"]): string {
  return env.TGW_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "consul-terminating-gateway");
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
