// Answer of /v1/acl/login → the token and how long it lives. Pure.

import { readObject, readOptionalText, readText } from "./reading";

export interface Granted {
  /** What is sent with requests; never logged, never written. */
  readonly secret: string;
  /** Names the token without giving it away. */
  readonly accessor: string;
  /** By the server's clock from beginning to end, so that ours may differ; undefined: it does not expire. */
  readonly lifeMs: number | undefined;
}

export function decodeLogin(body: unknown): Granted {
  const fields = readObject(body, "token");
  const ends = readOptionalText(fields, "ExpirationTime", "token");
  return {
    secret: readText(fields, "SecretID", "token"),
    accessor: readText(fields, "AccessorID", "token"),
    lifeMs: ends === undefined ? undefined : Date.parse(ends) - Date.parse(readText(fields, "CreateTime", "token")),
  };
}
