// The ACL token, as it is now: fixed, or from a file that something else rewrites (an agent template, a secrets operator).

import { readFileSync } from "node:fs";
import type { Clock, Logger } from "../../ports";
import { markOf } from "./file-mark";

/** The file is looked at no more often than this, however many requests there are. */
const LOOK_EVERY_MS = 1_000;

export interface TokenFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * A token that follows its file within a second; the last good one stays while the file is unreadable or empty.
 * Throws where the file cannot be read now.
 */
export function tokenFromFile({ path, clock, log }: TokenFileOptions): () => string | undefined {
  let mark = markOf(path);
  let token = readToken(path);
  let lookedMs = clock.now();
  let said: string | undefined;
  return () => {
    const now = clock.now();
    if (Math.abs(now - lookedMs) < LOOK_EVERY_MS) return token;
    lookedMs = now;
    try {
      const next = markOf(path);
      if (next !== mark) token = readToken(path);
      mark = next;
      said = undefined;
    } catch (error) {
      const reason = (error as Error).message;
      if (reason !== said) log.warn("token file not read, the last token stays", { path, reason });
      said = reason;
    }
    return token;
  };
}

/** The token in a file, which holds it alone. Throws where there is none. */
export function readToken(path: string): string {
  const text = readFileSync(path, "utf8").trim();
  if (text === "") throw new Error(`${path} is empty`);
  return text;
}
