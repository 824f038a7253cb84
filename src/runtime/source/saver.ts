// Writes private state behind the back of those who work with it: one file after another, and a failure costs no traffic.

import type { StateDir } from "../persist";
import type { Logger } from "../ports";

export interface Saver {
  /** Returns at once; `value` is asked for when its turn has come. A failure is logged. */
  save(file: string, value: () => unknown): void;
  /** Resolves when what was saved is on disk or has failed. */
  flush(): Promise<void>;
}

/** @param failure what the log says of a write that failed */
export function makeSaver(state: StateDir, log: Logger, failure: string): Saver {
  let writing: Promise<void> = Promise.resolve();
  return {
    save(file, value) {
      writing = writing
        .then(() => state.writeJson(file, value()))
        .catch(({ message }: Error) => log.error(failure, { reason: message }));
    },
    flush: () => writing,
  };
}
