// Makes a folder that was filled aside take the place of another. Nobody sees half of one, even when several do it at once.
import { renameSync, rmSync } from "node:fs";

const TRIES = 5;

/** `fresh` and `target` must be on one file system; `fresh` is gone afterwards. */
export function putInPlace(fresh, target) {
  const old = `${fresh}-old`;
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(target, old);
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    rmSync(old, { recursive: true, force: true });
    try {
      return renameSync(fresh, target);
    } catch (error) {
      // Somebody else's came first: it is moved away in the next round.
      if (!["ENOTEMPTY", "EEXIST"].includes(error.code) || attempt === TRIES) throw error;
    }
  }
}
