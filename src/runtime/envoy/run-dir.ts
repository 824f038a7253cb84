// The run directory: sockets and the bootstrap, for the owner alone, with paths short enough for unix sockets.

import type { Stats } from "node:fs";
import { lstat, mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Issue, Result } from "../../model/issues";

export interface RunDir {
  readonly path: string;
  /** Envoy's admin interface. */
  readonly adminSocket: string;
  /** Our ADS server. */
  readonly adsSocket: string;
  readonly bootstrapFile: string;
}

/** sockaddr_un.sun_path holds 108 bytes on Linux, the closing NUL included. */
const LONGEST_SOCKET_PATH = 107;
const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Makes the directory with mode 0700 where it is missing. An existing one must be ours and closed to others, and its
 * parent must not let others replace it (its owner is we or root; not writable by others unless sticky, as /tmp is).
 */
export async function makeRunDir(path: string): Promise<Result<RunDir>> {
  const absolute = resolve(path);
  const dir: RunDir = {
    path: absolute,
    adminSocket: join(absolute, "admin.sock"),
    adsSocket: join(absolute, "xds.sock"),
    bootstrapFile: join(absolute, "bootstrap.json"),
  };
  const length = Buffer.byteLength(dir.adminSocket);
  if (length > LONGEST_SOCKET_PATH) {
    return refuse(`${absolute} (sockets in it have paths of ${length} bytes)`, {
      allowed: `socket paths of at most ${LONGEST_SOCKET_PATH} bytes`,
      hint: "choose a shorter --run-dir",
    });
  }
  try {
    await mkdir(absolute, { recursive: true, mode: 0o700 });
    const problem = wrongAccess(await lstat(absolute), await stat(dirname(absolute)));
    return problem === undefined ? { ok: true, value: dir } : refuse(`${absolute}: ${problem}`);
  } catch (error) {
    return refuse(`${absolute}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

function wrongAccess(own: Stats, parent: Stats): string | undefined {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  if (!own.isDirectory()) return "it is not a directory";
  if (own.uid !== uid) return "it belongs to another user";
  if ((own.mode & 0o077) !== 0) return `its mode is ${(own.mode & 0o777).toString(8)}, others may enter`;
  if (parent.uid !== uid && parent.uid !== 0) return "its parent belongs to another user";
  if ((parent.mode & OTHERS_MAY_WRITE) !== 0 && (parent.mode & STICKY) === 0) return "others may write to its parent";
  return undefined;
}

function refuse(got: string, more?: Pick<Issue, "allowed" | "hint">): Result<RunDir> {
  const allowed = "a directory of this user with mode 0700, or a place where one can be made";
  return { ok: false, error: [{ path: "--run-dir", got, allowed, hint: "pass another --run-dir", ...more }] };
}
