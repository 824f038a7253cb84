// The last good manifest of a KV key on disk, for a start while Consul is away. Its text is kept as it was: a manifest says
// its own version, so another release of ours reads it as it would from Consul.

import type { StateDir } from "./persist";
import type { Clock, Logger } from "./ports";
import { makeSaver } from "./source/saver";

const FILE = "last-good-manifest.json";

export interface KeptManifest {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly savedAtMs: number;
}

export interface ManifestKeeper {
  /** Of an earlier life, from this key. */
  readonly before: KeptManifest | undefined;
  /** Returns at once; undefined: there is none any more. A failure is logged. */
  keep(text: string | undefined): void;
  /** Resolves when what was kept is on disk or has failed. */
  flush(): Promise<void>;
}

/** A broken file is logged and starts from nothing. */
export async function openKeptManifest(
  state: StateDir,
  key: string,
  ports: { readonly clock: Clock; readonly log: Logger },
): Promise<ManifestKeeper> {
  const { clock, log } = ports;
  const before = await state.readJson(FILE).then(
    (value) => decode(value, key),
    (error: Error) => {
      log.warn("last good manifest not read", { reason: error.message });
      return undefined;
    },
  );
  let onDisk = before?.text;
  const saver = makeSaver(state, log, "last good manifest not saved");
  return {
    before,
    keep(text) {
      if (text === onDisk) return;
      onDisk = text;
      const value = { key, savedAtMs: clock.now(), text: text ?? null };
      saver.save(FILE, () => value);
    },
    flush: saver.flush,
  };
}

function decode(value: unknown, key: string): KeptManifest | undefined {
  const { key: of, savedAtMs, text } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (of !== key || typeof text !== "string" || typeof savedAtMs !== "number") return undefined;
  return { text, savedAtMs };
}
