// JSON of the KV store → the text of one key.

import { DecodeError, readList, readObject } from "./reading";

/** GET /v1/kv/<key>: the value as text (bytes that are no UTF-8 become U+FFFD); undefined where there is no such key. */
export function decodeKvText(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  const [value] = readList(body, "kv", (item, path) => {
    const { Value: base64 } = readObject(item, path);
    // Go writes no bytes as null.
    if (base64 !== null && typeof base64 !== "string") throw new DecodeError(`${path}.Value`, "text");
    return Buffer.from(base64 ?? "", "base64").toString("utf8");
  });
  if (value === undefined) throw new DecodeError("kv", "key");
  return value;
}
