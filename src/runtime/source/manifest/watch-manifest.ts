// Follows a manifest source on disk: a good new declaration is handed over, a bad one is told and the last good stays.

import type { Issue } from "../../../model/issues";
import { canonicalJson } from "../../../model/manifest";
import type { Cancel, Clock, Logger } from "../../ports";
import { startPathWatch } from "../files/path-watch";
import { type ReadManifest, readAndTrace } from "./read";

export interface WatchManifestOptions {
  /** Name of the gateway where the source holds several. */
  readonly gateway?: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** The declaration that is in use already: the same again is no change. */
  readonly current?: ReadManifest;
  readonly onChange: (read: ReadManifest) => void;
  /** The source cannot be used now; called once for each new reason. */
  readonly onProblem: (issues: readonly Issue[]) => void;
  /** @default 150 */
  readonly debounceMs?: number;
  /** @default 30000 */
  readonly pollMs?: number;
  /** How long a source that went bad may recover before that is told. @default 1000 */
  readonly retryMs?: number;
}

export interface ManifestWatch {
  /** Looks now, as on SIGHUP. */
  reload(): void;
  stop(): void;
}

/** `path` as for readManifest, but for `-`: standard input cannot change. */
export function watchManifest(path: string, options: WatchManifestOptions): ManifestWatch {
  const { clock, log, gateway, onChange, onProblem, retryMs = 1000 } = options;
  let good = options.current === undefined ? undefined : canonicalJson(options.current.model);
  let told: string | undefined;
  let failingSinceMs: number | undefined;
  let reading = false;
  let again = false;
  let stopped = false;
  let cancelRetry: Cancel = () => undefined;

  const check = async (): Promise<void> => {
    again = reading;
    if (reading || stopped) return;
    reading = true;
    cancelRetry();
    const { result, files } = await readAndTrace(path, gateway);
    reading = false;
    if (stopped) return;
    paths.watch([path, ...files]);
    if (again) return void check();
    if (result.ok) accept(result.value);
    else holdBack(result.error);
  };

  const accept = (read: ReadManifest): void => {
    const text = canonicalJson(read.model);
    failingSinceMs = undefined;
    told = undefined;
    if (text === good) return;
    good = text;
    onChange(read);
  };

  const holdBack = (issues: readonly Issue[]): void => {
    // Synthesis empties the directory first: with a good declaration in use, nothing is said for a moment.
    failingSinceMs ??= clock.now();
    if (good !== undefined && Math.abs(clock.now() - failingSinceMs) < retryMs) {
      cancelRetry = clock.setTimer(retryMs, () => void check());
      return;
    }
    const text = JSON.stringify(issues);
    if (text === told) return;
    told = text;
    onProblem(issues);
  };

  const paths = startPathWatch({
    clock,
    log,
    onSuspect: () => void check(),
    ...(options.debounceMs === undefined ? {} : { debounceMs: options.debounceMs }),
    ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }),
  });
  paths.watch([path]);

  return {
    reload: () => void check(),
    stop() {
      stopped = true;
      cancelRetry();
      paths.stop();
    },
  };
}
