// Tells when what a path leads to may have changed: one fs.watch per directory, plus a slow poll for file systems and
// moments that give no event. It reports suspicion, not change: who asked reads the file and compares.

import { type FSWatcher, watch } from "node:fs";
import { basename } from "node:path";
import type { Cancel, Clock, Logger } from "../../ports";
import { type Entry, linkChain } from "./link-chain";

export interface PathWatchOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Called once for each path when it is added, then whenever it may have changed. */
  readonly onSuspect: (path: string) => void;
  /** Events of one rotation arrive together: wait this long after the first. @default 150 */
  readonly debounceMs?: number;
  /** @default 30000 */
  readonly pollMs?: number;
}

export interface PathWatch {
  /** The complete list of paths; files and directories that do not exist (yet) are fine. */
  watch(paths: readonly string[]): void;
  stop(): void;
}

interface Directory {
  readonly inode: string;
  readonly watcher: FSWatcher;
  /** Entry name to the paths that depend on it. */
  readonly names: Map<string, Set<string>>;
}

export function startPathWatch(options: PathWatchOptions): PathWatch {
  const { clock, log, onSuspect, debounceMs = 150, pollMs = 30_000 } = options;
  const chains = new Map<string, readonly Entry[]>();
  const directories = new Map<string, Directory>();
  const suspects = new Set<string>();
  let cancelFlush: Cancel | undefined;
  let cancelPoll: Cancel = () => undefined;
  let stopped = false;

  const suspect = (path: string): void => {
    suspects.add(path);
    cancelFlush ??= clock.setTimer(debounceMs, () => {
      cancelFlush = undefined;
      const now = [...suspects];
      suspects.clear();
      for (const each of now) void follow(each);
    });
  };

  const onEvent = (dir: string, name: string | null): void => {
    // A directory that was itself removed or moved is named by its own last part; a new one needs a new watcher.
    if (name === null || name === basename(dir)) lose(dir);
    else for (const path of directories.get(dir)?.names.get(name) ?? []) suspect(path);
  };

  /** The watcher is of no use any more: all that depended on it is looked at anew. */
  const lose = (dir: string): void => {
    for (const paths of directories.get(dir)?.names.values() ?? []) for (const path of paths) suspect(path);
    forget(dir);
  };

  const forget = (dir: string): void => {
    directories.get(dir)?.watcher.close();
    directories.delete(dir);
  };

  const open = ({ dir, inode }: Entry): Directory | undefined => {
    const known = directories.get(dir);
    if (known?.inode === inode) return known;
    lose(dir);
    try {
      const watcher = watch(dir, { persistent: false }, (_type, name) => onEvent(dir, name));
      watcher.on("error", () => lose(dir));
      const directory: Directory = { inode, watcher, names: new Map() };
      directories.set(dir, directory);
      return directory;
    } catch (error) {
      // Gone in this moment, or the system's limit of watches is reached: the poll sees it.
      log.debug("directory not watched, polling it", { dir, reason: (error as NodeJS.ErrnoException).code });
      return undefined;
    }
  };

  /** Brings the watchers of one path up to date, then says so. */
  const follow = async (path: string): Promise<void> => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const chain = await linkChain(path);
      if (stopped || !chains.has(path)) return;
      if (attempt > 0 && sameChain(chain, chains.get(path))) break;
      // Watch first, look again after: nothing that changes in between is missed.
      release(path, chain);
      chains.set(path, chain);
      for (const entry of chain) {
        const names = open(entry)?.names;
        names?.set(entry.name, (names.get(entry.name) ?? new Set()).add(path));
      }
    }
    onSuspect(path);
  };

  /** Drops the path from all entries but those of `keep`, and watchers that nobody needs any more. */
  const release = (path: string, keep: readonly Entry[]): void => {
    for (const { dir, name } of chains.get(path) ?? []) {
      if (keep.some((entry) => entry.dir === dir && entry.name === name)) continue;
      const names = directories.get(dir)?.names;
      const paths = names?.get(name);
      paths?.delete(path);
      if (paths?.size === 0) names?.delete(name);
      if (names?.size === 0) forget(dir);
    }
  };

  const poll = (): void => {
    cancelPoll = clock.setTimer(pollMs, poll);
    for (const path of chains.keys()) suspect(path);
  };
  cancelPoll = clock.setTimer(pollMs, poll);

  return {
    watch(paths) {
      const wanted = new Set(paths);
      for (const path of [...chains.keys()]) {
        if (wanted.has(path)) continue;
        release(path, []);
        chains.delete(path);
      }
      for (const path of wanted) {
        if (chains.has(path)) continue;
        chains.set(path, []);
        void follow(path);
      }
    },
    stop() {
      stopped = true;
      cancelPoll();
      cancelFlush?.();
      for (const dir of [...directories.keys()]) forget(dir);
    },
  };
}

function sameChain(one: readonly Entry[], other: readonly Entry[] | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
