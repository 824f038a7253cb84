// What is needed of the answers of AWS and of the endpoints that hand out its credentials. Pure.

import type { AwsCredentials } from "./request";

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Text of the first element of this name in an answer of AWS, undefined where there is none. */
export function textIn(xml: string, element: string): string | undefined {
  const found = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];
  return found?.replaceAll(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}

/** Credentials in the JSON of a container's or an instance's endpoint. Throws, without a word of it, where there are none. */
export function credentialsIn(json: string, from: string): AwsCredentials {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's message quotes the text.
  }
  const found = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return credentialsOf(found.AccessKeyId, found.SecretAccessKey, found.Token, from);
}

/** @throws Error that names who answered without them */
export function credentialsOf(id: unknown, secret: unknown, token: unknown, from: string): AwsCredentials {
  const isText = (each: unknown): each is string => typeof each === "string" && each !== "";
  if (!isText(id) || !isText(secret)) throw new Error(`${from} answered without credentials`);
  return { accessKeyId: id, secretAccessKey: secret, ...(isText(token) ? { sessionToken: token } : {}) };
}

/** What IAM is asked about a caller: the role or the user of an ARN. */
export interface IamEntity {
  readonly Action: "GetRole" | "GetUser";
  readonly RoleName?: string;
  readonly UserName?: string;
}

/**
 * `arn:aws:sts::123456789012:assumed-role/egress/i-1` is a session of role `egress`; a user's ARN has its path before the name.
 * Undefined for other callers, as a root user. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export function entityOf(arn: string): IamEntity | undefined {
  const [, kind, rest = ""] = /^arn:[^:]*:(?:sts|iam)::\d*:(assumed-role|role|user)\/(.+)$/.exec(arn) ?? [];
  const parts = rest.split("/");
  if (kind === "assumed-role" && parts[0]) return { Action: "GetRole", RoleName: parts[0] };
  const last = parts.at(-1);
  if (!last || kind === undefined) return undefined;
  return kind === "user" ? { Action: "GetUser", UserName: last } : { Action: "GetRole", RoleName: last };
}
