// The cache of real parts: one folder per part and version, put in place by one rename, with a stamp that names its source.
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const HOUR_MS = 3_600_000;
const STAMP = "stamp";

/** Folder of everything that tools/parts gets: TGW_CACHE_DIR, or the user's cache folder, so that a second clone finds it. */
export function cacheDir(env = process.env) {
  return env.TGW_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "consul-terminating-gateway");
}

/**
 * Makes `folder` hold what `fill(work, ready)` writes into `ready`; does nothing when its stamp matches.
 * `work` is scratch space on the same file system. Safe when several processes do it at once: the first to finish wins.
 */
export async function fillFolder({ folder, stamp, fill }) {
  if (await isStamped(folder, stamp)) return;
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  const work = await mkdtemp(join(parent, ".tmp-"));
  try {
    const ready = join(work, "ready");
    await mkdir(ready);
    await fill(work, ready);
    await writeFile(join(ready, STAMP), stamp);
    await publish(ready, folder, stamp, work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function publish(ready, folder, stamp, work) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await rename(ready, folder);
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST"].includes(error.code) || attempt === 3) throw error;
      if (await isStamped(folder, stamp)) return;
      await rename(folder, join(work, `stale-${attempt}`)).catch(() => {});
    }
  }
}

async function isStamped(folder, stamp) {
  return (await readFile(join(folder, STAMP), "utf8").catch(() => undefined)) === stamp;
}

/** A killed run leaves its temporary folder; a running one is never an hour old. */
async function removeLeftovers(parent) {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(".tmp-")) continue;
    const path = join(parent, name);
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > HOUR_MS) await rm(path, { recursive: true, force: true });
  }
}
