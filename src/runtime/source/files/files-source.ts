// Certificate and key files on disk → material events. What cannot be used yet is held back and tried again, and the
// last good content goes on serving.

import type { Cancel, Clock, Logger } from "../../ports";
import { materialName } from "../../snapshot/materials";
import type { Material, MaterialKey, WatchEvent } from "../../snapshot/state";
import { verifyMaterial } from "../../snapshot/verify";
import { makeGate } from "../gate";
import { startPathWatch } from "./path-watch";
import { readMaterial } from "./read-material";

export interface FilesSourceOptions {
  readonly emit: (event: WatchEvent) => void;
  readonly clock: Clock;
  readonly log: Logger;
  /** @default 150 */
  readonly debounceMs?: number;
  /** @default 30000 */
  readonly pollMs?: number;
  /** How soon content that cannot be used is read again; doubles up to the poll. @default 1000 */
  readonly retryMs?: number;
}

export interface FilesSource {
  /** The complete list of what to watch; each is answered by a material or a problem event. */
  watch(keys: readonly MaterialKey[]): void;
  stop(): void;
}

/** Open files at a time: far from any limit, and one slow file system leaves room for the others. */
const READS_AT_ONCE = 16;

interface Watched {
  readonly key: MaterialKey;
  /** Text of the last good content; undefined before the first. */
  good?: string;
  problem?: string;
  failures: number;
  failingSinceMs?: number;
  reading: boolean;
  again: boolean;
  cancelRetry: Cancel;
}

export function startFilesSource(options: FilesSourceOptions): FilesSource {
  const { emit, clock, log, retryMs = 1000, pollMs = 30_000, debounceMs = 150 } = options;
  const watched = new Map<string, Watched>();
  const byPath = new Map<string, Set<Watched>>();
  const gate = makeGate(READS_AT_ONCE);

  const check = async (entry: Watched): Promise<void> => {
    entry.again = entry.reading;
    if (entry.reading) return;
    entry.reading = true;
    entry.cancelRetry();
    const result = await gate(() => readMaterial(entry.key));
    entry.reading = false;
    if (watched.get(materialName(entry.key)) !== entry) return;
    if (entry.again) return void check(entry);
    const problem = "problem" in result ? result.problem : verifyMaterial(result.material, clock.now());
    if (problem === undefined && "material" in result) accept(entry, result.material);
    else holdBack(entry, problem ?? "");
  };

  const accept = (entry: Watched, material: Material): void => {
    const text = JSON.stringify(material);
    const isNews = text !== entry.good || entry.problem !== undefined;
    if (isNews && entry.good !== undefined) log.info("certificate files read anew", pathsOf(entry.key));
    entry.good = text;
    delete entry.problem;
    entry.failures = 0;
    delete entry.failingSinceMs;
    if (isNews) emit({ kind: "material", key: entry.key, material });
  };

  const holdBack = (entry: Watched, reason: string): void => {
    entry.failures += 1;
    const waitMs = Math.min(retryMs * 2 ** Math.min(entry.failures - 1, 10), pollMs);
    entry.cancelRetry = clock.setTimer(waitMs, () => void check(entry));
    // A look in the middle of a rotation sees half of it: with good content in use, nothing is said for a moment.
    entry.failingSinceMs ??= clock.now();
    const isEarly = entry.good !== undefined && Math.abs(clock.now() - entry.failingSinceMs) < retryMs;
    if (isEarly || entry.problem === reason) return;
    entry.problem = reason;
    emit({ kind: "problem", of: { kind: "material", material: entry.key }, reason });
  };

  const paths = startPathWatch({
    clock,
    log,
    debounceMs,
    pollMs,
    onSuspect: (path) => {
      for (const entry of byPath.get(path) ?? []) void check(entry);
    },
  });

  const drop = (name: string, entry: Watched): void => {
    entry.cancelRetry();
    watched.delete(name);
    for (const path of Object.values(pathsOf(entry.key))) {
      byPath.get(path)?.delete(entry);
      if (byPath.get(path)?.size === 0) byPath.delete(path);
    }
  };

  const add = (name: string, key: MaterialKey): void => {
    const entry: Watched = { key, failures: 0, reading: false, again: false, cancelRetry: () => undefined };
    watched.set(name, entry);
    for (const path of Object.values(pathsOf(key))) {
      byPath.set(path, (byPath.get(path) ?? new Set()).add(entry));
    }
    void check(entry);
  };

  return {
    watch(keys) {
      const wanted = new Map(keys.map((key) => [materialName(key), key]));
      for (const [name, entry] of watched) if (!wanted.has(name)) drop(name, entry);
      for (const [name, key] of wanted) if (!watched.has(name)) add(name, key);
      paths.watch([...byPath.keys()]);
    },
    stop() {
      for (const [name, entry] of watched) drop(name, entry);
      paths.stop();
    },
  };
}

function pathsOf(key: MaterialKey): Readonly<Record<string, string>> {
  return key.kind === "ca" ? { caFile: key.caFile } : { certFile: key.certFile, keyFile: key.keyFile };
}
