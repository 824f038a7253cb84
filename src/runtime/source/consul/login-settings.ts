// How the gateway logs in to Consul: flags as `consul login` has them, variables as Consul on Kubernetes has them. Pure.

import { given } from "../../../model/given";
import type { Issue, Result } from "../../../model/issues";
import { AWS_FLAGS, type AwsFlags, type AwsSettings, parseAws } from "./aws/settings";

export interface LoginFlags extends AwsFlags {
  readonly authMethod?: string;
  readonly bearerTokenFile?: string;
  /** `key=value` each. */
  readonly loginMeta?: readonly string[];
  readonly loginNamespace?: string;
}

/** Every flag of a login. */
export const LOGIN_FLAGS = {
  authMethod: "--auth-method",
  bearerTokenFile: "--bearer-token-file",
  loginMeta: "--login-meta",
  loginNamespace: "--login-namespace",
  ...AWS_FLAGS,
} as const satisfies Record<keyof LoginFlags, string>;

export interface LoginSettings {
  readonly method: string;
  /** The flag or variable that named the method. */
  readonly from: string;
  /** Read anew for every login: what issues bearer tokens replaces them. This, or `aws`. */
  readonly bearerTokenFile?: { readonly path: string; readonly from: string };
  /** The bearer token is made of the process's AWS credentials. */
  readonly aws?: AwsSettings;
  /** Consul keeps it with the token. */
  readonly meta: Readonly<Record<string, string>>;
  /** Enterprise: where the auth method is. @default - the gateway's */
  readonly namespace?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined where no auth method is named; variables for a login that is not asked for mean nothing. */
export function parseLogin(flags: LoginFlags, env: Environment): Result<LoginSettings | undefined> {
  const method = flags.authMethod ?? (env.CONSUL_LOGIN_AUTH_METHOD || undefined);
  const from = flags.authMethod === undefined ? "CONSUL_LOGIN_AUTH_METHOD" : "--auth-method";
  const issues: Issue[] = [];
  if (method === undefined) {
    for (const [key, path] of Object.entries(LOGIN_FLAGS)) {
      if (flags[key as keyof LoginFlags] !== undefined) issues.push(needsMethod(path));
    }
    return issues.length > 0 ? { ok: false, error: issues } : { ok: true, value: undefined };
  }
  if (method === "") issues.push({ path: from, got: '""', allowed: "the name of an auth method", hint: "name it" });
  const aws = parseAws(flags, env);
  if (!aws.ok) issues.push(...aws.error);
  const bearer = bearerOf(flags, env, from, aws, issues);
  const metaFrom = flags.loginMeta === undefined ? "CONSUL_LOGIN_META" : "--login-meta";
  const meta = metaOf(flags.loginMeta ?? (env.CONSUL_LOGIN_META || undefined)?.split(",") ?? [], metaFrom, issues);
  if (issues.length > 0) return { ok: false, error: issues };
  const namespace = flags.loginNamespace ?? (env.CONSUL_LOGIN_NAMESPACE || undefined);
  return { ok: true, value: { ...{ method, from, meta }, ...bearer, ...given({ namespace }) } };
}

type Bearer = Pick<LoginSettings, "bearerTokenFile" | "aws">;

/** A file, or AWS credentials; where both are there, a flag wins over the environment. */
function bearerOf(
  { bearerTokenFile }: LoginFlags,
  env: Environment,
  method: string,
  aws: Result<AwsSettings | undefined>,
  issues: Issue[],
): Bearer {
  const variable = "CONSUL_LOGIN_BEARER_TOKEN_FILE";
  const from = bearerTokenFile === undefined ? variable : LOGIN_FLAGS.bearerTokenFile;
  const path = bearerTokenFile ?? (env[variable] || undefined);
  const file: Bearer | undefined = path === undefined ? undefined : { bearerTokenFile: { path, from } };
  const made = aws.ok ? aws.value : undefined;
  if (made === undefined) {
    if (file === undefined && aws.ok) issues.push(needsBearer(method));
    return file ?? {};
  }
  const isFlag = (name: string): boolean => name.startsWith("--");
  if (file !== undefined && isFlag(from) === isFlag(made.from)) {
    const hint = "leave one of them out";
    issues.push({ path: made.from, got: `${from} as well`, allowed: "AWS credentials, or a bearer token", hint });
  }
  return file === undefined || isFlag(made.from) ? { aws: made } : file;
}

function metaOf(texts: readonly string[], path: string, issues: Issue[]): Readonly<Record<string, string>> {
  const meta: Record<string, string> = {};
  for (const text of texts) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      issues.push({ path, got: JSON.stringify(text), allowed: "key=value", hint: "correct it" });
    } else meta[key] = value;
  }
  return meta;
}

function needsMethod(path: string): Issue {
  const hint = "name the auth method, or leave this flag out";
  return { path, got: "no auth method", allowed: "together with --auth-method or CONSUL_LOGIN_AUTH_METHOD", hint };
}

function needsBearer(path: string): Issue {
  const hint =
    "pass the file that holds the bearer token: a Kubernetes service account's, a Nomad workload identity, a JWT";
  const allowed = "together with --bearer-token-file or --aws-auto-bearer-token";
  return { path, got: "no bearer token", allowed, hint };
}
