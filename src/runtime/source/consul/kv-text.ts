// Keeps the text of one key of Consul's KV store current; a key that is not there is an answer, and is watched like one.

import type { Cancel, Clock, Logger, Random } from "../../ports";
import type { ConsulAccess } from "./access";
import { startBlockingQuery } from "./blocking-query";
import { decodeKvText } from "./decode/kv";
import { type ConsulHttp, makeConsulHttp } from "./http";

export interface KvTextOptions {
  /** Its namespace, partition and datacenter are the key's. */
  readonly access: ConsulAccess;
  readonly key: string;
  /** For reasons: what the key holds. */
  readonly what: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Undefined: there is no such key. Called on each change, and when a problem is over. */
  readonly onText: (text: string | undefined) => void;
  /** What was told last still holds; the reason is for people. */
  readonly onProblem: (reason: string) => void;
}

const kvPath = (key: string): string => `/v1/kv/${key.split("/").map(encodeURIComponent).join("/")}`;

/** What the token needs for it. */
export const kvRight = (key: string): string => `key:read on "${key}"`;

/** Once; undefined where there is no such key. Rejects with ConsulError or DecodeError. */
export async function readKvText(http: ConsulHttp, key: string, signal: AbortSignal): Promise<string | undefined> {
  const { body } = await http.read({ path: kvPath(key), signal });
  return decodeKvText(body);
}

/** Over a connection of its own. */
export function startKvText(options: KvTextOptions): Cancel {
  const { access, key, what, onText, onProblem } = options;
  const http = makeConsulHttp(access, options);
  const stop = startBlockingQuery(http, options, {
    path: kvPath(key),
    // An object: what is compared and told is JSON, which has no undefined.
    decode: (body) => ({ text: decodeKvText(body) }),
    ...{ priority: true, what, right: kvRight(key) },
    onAnswer: ({ value }) => onText(value.text),
    onProblem,
  });
  return () => {
    stop();
    http.close();
  };
}
