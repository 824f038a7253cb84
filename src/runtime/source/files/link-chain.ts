// Which directory entries decide what a path leads to: itself and every symlink on the way, as Kubernetes' `..data`.

import { lstat, readlink, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";

/** A change of `name` in `dir` (a directory that exists, free of symlinks) may change what the path leads to. */
export interface Entry {
  readonly dir: string;
  readonly name: string;
  /** Identity of the directory: another one may stand at the same path later. */
  readonly inode: string;
}

/** As the kernel's own limit (ELOOP). */
const MOST_LINKS = 40;

/**
 * Entries to watch for `path`: one for each symlink followed, and the last one for the file itself, or for the first
 * part of the path that is missing. Never rejects: what cannot be read ends the chain.
 */
export async function linkChain(path: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let left = partsOf(resolve(path));
  let dir: string = sep;
  let links = 0;
  const add = async (name: string): Promise<void> => {
    const inode = await stat(dir).then(
      (info) => `${info.dev}:${info.ino}`,
      () => "",
    );
    entries.push({ dir, name, inode });
  };
  while (true) {
    const [name, ...rest] = left;
    if (name === undefined) return entries;
    left = rest;
    if (name === "..") {
      dir = dirname(dir);
      continue;
    }
    const here = join(dir, name);
    const target = await readlink(here).catch(() => undefined);
    if (target !== undefined && links < MOST_LINKS) {
      links += 1;
      await add(name);
      if (target.startsWith(sep)) dir = sep;
      left = [...partsOf(target), ...rest];
      continue;
    }
    const isDirectory = await lstat(here).then(
      (info) => info.isDirectory(),
      () => false,
    );
    if (rest.length === 0 || !isDirectory) {
      await add(name);
      return entries;
    }
    dir = here;
  }
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== "" && part !== ".");
}
