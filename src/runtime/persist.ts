// Private state on disk: JSON files 0600 in a directory 0700, each replaced by an atomic rename.
// Looser modes are refused and not repaired: what others could read or write may already be known or changed.

import { constants } from "node:fs";
import { link, mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Logger } from "./ports";

/** The state directory or a file in it cannot be used; the message says what to do and holds no content. */
export class StateError extends Error {
  override readonly name = "StateError";
}

/** An opened private directory. All methods throw StateError. */
export interface StateDir {
  readonly dir: string;
  /** The parsed file, or undefined where there is none. Refuses looser modes, another owner and broken JSON. */
  readJson(name: string): Promise<unknown>;
  /** Replaces the file as a whole; it is on disk when the promise resolves. */
  writeJson(name: string, value: unknown): Promise<void>;
  /** As writeJson for a file that must not exist yet; false when it does, so that two processes agree on the first. */
  createJson(name: string, value: unknown): Promise<boolean>;
}

const MOST_BYTES = 64 * 1024 * 1024;
let temporaries = 0;

/** Opens `dir`, made 0700 where absent. Throws StateError when others than this user could get in. */
export async function openState(dir: string): Promise<StateDir> {
  const path = resolve(dir);
  await explain(`cannot make the state directory ${path}`, () => mkdir(path, { recursive: true, mode: 0o700 }));
  const info = await explain(`cannot read the state directory ${path}`, () => stat(path));
  if (!info.isDirectory()) throw new StateError(`${path} is not a directory; choose another state directory`);
  refuseOthers(path, info, "700");
  return {
    dir: path,
    readJson: (name) => explain(`cannot read ${join(path, name)}`, () => readPrivateJson(join(path, name))),
    writeJson: (name, value) =>
      explain(`cannot write ${join(path, name)}`, () =>
        writePrivate(path, name, jsonText(value), replace).then(() => undefined),
      ),
    createJson: (name, value) =>
      explain(`cannot write ${join(path, name)}`, () => writePrivate(path, name, jsonText(value), linkNew)),
  };
}

/** Writes text 0600 by atomic rename: readers see the old file or the new one, never a part; a symlink is replaced. */
export async function writePrivateFile(dir: string, name: string, text: string): Promise<void> {
  await explain(`cannot write ${join(dir, name)}`, () => writePrivate(dir, name, text, replace));
}

const REVOCATIONS = "revocations.json";

/** Revocation counters by service, kept over restarts so that a restart drains no connection. */
export interface Revocations {
  readonly initial: Readonly<Record<string, number>>;
  /** Returns at once; the latest value wins, a failure is logged and the gateway goes on. */
  save(revocations: Readonly<Record<string, number>>): void;
  /** Resolves when what was saved is on disk or has failed. */
  flush(): Promise<void>;
}

/** Reads the counters. A broken file is logged and starts from nothing: the price is one drain, not a dead gateway. */
export async function openRevocations(state: StateDir, log: Logger): Promise<Revocations> {
  let next: Readonly<Record<string, number>> | undefined;
  let writing: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    while (next !== undefined) {
      const value = next;
      next = undefined;
      await state.writeJson(REVOCATIONS, value).catch((error: unknown) => {
        log.error("revocation counters not saved", { reason: messageOf(error) });
      });
    }
    writing = undefined;
  };
  return {
    initial: await state.readJson(REVOCATIONS).then(countersOf, (error: unknown) => {
      log.warn("revocation counters not read", { reason: messageOf(error) });
      return {};
    }),
    save(revocations) {
      next = revocations;
      writing ??= drain();
    },
    flush: async () => writing,
  };
}

function countersOf(value: unknown): Readonly<Record<string, number>> {
  if (typeof value !== "object" || value === null) return {};
  const counters: Record<string, number> = {};
  for (const [service, count] of Object.entries(value)) {
    if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) counters[service] = count;
  }
  return counters;
}

async function readPrivateJson(path: string): Promise<unknown> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const info = await file.stat();
    refuseOthers(path, info, "600");
    if (!info.isFile() || info.size > MOST_BYTES) throw new StateError(`${path} is not a state file`);
    const text = await file.readFile("utf8");
    try {
      return JSON.parse(text);
    } catch {
      throw new StateError(`${path} is not JSON: it was cut or edited; restore it, or remove it to start anew`);
    }
  } finally {
    await file.close();
  }
}

type Place = (from: string, to: string) => Promise<boolean>;

async function writePrivate(dir: string, name: string, text: string, place: Place): Promise<boolean> {
  temporaries += 1;
  const temporary = join(dir, `.${name}.${process.pid}.${temporaries}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    const placed = await place(temporary, join(dir, name));
    await syncDirectory(dir);
    return placed;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

const replace: Place = (from, to) => rename(from, to).then(() => true);

/** A hard link fails where the name is taken, which rename does not. */
const linkNew: Place = (from, to) =>
  link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function refuseOthers(path: string, info: { readonly mode: number; readonly uid: number }, mode: string): void {
  if (process.getuid !== undefined && info.uid !== process.getuid()) {
    throw new StateError(`${path} belongs to user ${info.uid}; run as that user or choose another state directory`);
  }
  if ((info.mode & 0o077) !== 0) {
    const got = (info.mode & 0o777).toString(8);
    throw new StateError(
      `${path} has mode ${got}, so others may have read its keys; allowed is ${mode} (chmod ${mode})`,
    );
  }
}

async function explain<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StateError) throw error;
    throw new StateError(`${what}: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return String((error as Partial<Error> | null)?.message ?? error);
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
