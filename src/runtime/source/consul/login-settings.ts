// How the gateway logs in to Consul: flags as `consul login` has them, variables as Consul on Kubernetes has them. Pure.

import type { Issue, Result } from "../../../model/issues";

export interface LoginFlags {
  readonly authMethod?: string;
  readonly bearerTokenFile?: string;
  /** `key=value` each. */
  readonly loginMeta?: readonly string[];
  readonly loginNamespace?: string;
}

export interface LoginSettings {
  readonly method: string;
  /** The flag or variable that named the method. */
  readonly from: string;
  /** Read anew for every login: what issues bearer tokens replaces them. */
  readonly bearerTokenFile: { readonly path: string; readonly from: string };
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
    const idle = [
      ["--bearer-token-file", flags.bearerTokenFile],
      ["--login-meta", flags.loginMeta],
      ["--login-namespace", flags.loginNamespace],
    ] as const;
    for (const [path, value] of idle) if (value !== undefined) issues.push(needsMethod(path));
    return issues.length > 0 ? { ok: false, error: issues } : { ok: true, value: undefined };
  }
  const path = flags.bearerTokenFile ?? (env.CONSUL_LOGIN_BEARER_TOKEN_FILE || undefined);
  if (method === "") issues.push({ path: from, got: '""', allowed: "the name of an auth method", hint: "name it" });
  if (path === undefined) issues.push(needsBearer(from));
  const metaFrom = flags.loginMeta === undefined ? "CONSUL_LOGIN_META" : "--login-meta";
  const meta = metaOf(flags.loginMeta ?? (env.CONSUL_LOGIN_META || undefined)?.split(",") ?? [], metaFrom, issues);
  if (issues.length > 0 || path === undefined) return { ok: false, error: issues };
  const bearerFrom = flags.bearerTokenFile === undefined ? "CONSUL_LOGIN_BEARER_TOKEN_FILE" : "--bearer-token-file";
  const namespace = flags.loginNamespace ?? (env.CONSUL_LOGIN_NAMESPACE || undefined);
  return {
    ok: true,
    value: {
      ...{ method, from, meta, bearerTokenFile: { path, from: bearerFrom } },
      ...(namespace === undefined ? {} : { namespace }),
    },
  };
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
  return { path, got: "no bearer token", allowed: "together with --bearer-token-file", hint };
}
