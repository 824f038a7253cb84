// Flags and environment variables of Consul's own clients → how servers are reached, or every mistake at once. Pure.

import { given } from "../../../model/given";
import type { Issue, Result } from "../../../model/issues";
import { type ConsulAddress, isPrivate, parseConsulAddress } from "./access";
import { type ExposureFlags, type ExposureWish, parseExposure } from "./exposure";
import { LOGIN_FLAGS, type LoginFlags, type LoginSettings, parseLogin } from "./login-settings";
import { parseRegistration, type RegistrationFlags, type RegistrationWish } from "./registration-settings";

/** As the command line gives them: text or absent. There is none for the token itself: others can read arguments. */
export interface ConsulFlags extends ExposureFlags, LoginFlags, RegistrationFlags {
  readonly consulAddr?: readonly string[];
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly caPath?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly tlsServerName?: string;
  readonly datacenter?: string;
  readonly namespace?: string;
  readonly partition?: string;
  readonly allowPlaintextLeaves?: boolean;
}

/** A path, and the flag or variable that gave it. */
export interface GivenPath {
  readonly path: string;
  readonly from: string;
}

export interface TlsFiles {
  readonly caFile?: GivenPath;
  /** Directory: every certificate in its files is a CA. Means nothing beside `caFile`, as in Consul's own clients. */
  readonly caPath?: GivenPath;
  /** Both or none. */
  readonly clientCert?: GivenPath;
  readonly clientKey?: GivenPath;
  readonly serverName?: string;
}

export interface ConsulSettings extends TlsFiles {
  /** At least one. */
  readonly addresses: readonly ConsulAddress[];
  /** The flag or variable that chose Consul as source. */
  readonly chosenBy: string;
  /** A token file wins over a token, as in Consul's own clients. */
  readonly token?: string;
  readonly tokenFile?: GivenPath;
  /** In place of both. */
  readonly login?: LoginSettings;
  readonly datacenter?: string;
  readonly namespace?: string;
  readonly partition?: string;
  readonly allowPlaintextLeaves: boolean;
  readonly registration: RegistrationWish;
  readonly exposure: ExposureWish;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Flags that mean nothing without a server to ask. */
const CONSUL_ONLY = {
  tokenFile: "--token-file",
  ...LOGIN_FLAGS,
  caFile: "--ca-file",
  caPath: "--ca-path",
  clientCert: "--client-cert",
  clientKey: "--client-key",
  tlsServerName: "--tls-server-name",
  datacenter: "--datacenter",
  namespace: "--namespace",
  partition: "--partition",
  allowPlaintextLeaves: "--allow-plaintext-leaves",
  replica: "--replica",
  reapAfter: "--reap-after",
  localAgent: "--local-agent",
  esm: "--esm",
  address: "--address",
  wanAddress: "--wan-address",
  port: "--port",
  bindAddress: "--bind-address",
} as const satisfies Partial<Record<keyof ConsulFlags, string>>;

/**
 * Consul is the source where --consul-addr or CONSUL_HTTP_ADDR gives an address; undefined where neither does.
 * A flag wins over the environment. `hostname` is the replica's name where none is given.
 */
export function parseConsulSettings(
  flags: ConsulFlags,
  env: Environment,
  hostname: string,
): Result<ConsulSettings | undefined> {
  const issues: Issue[] = [];
  const texts = flags.consulAddr ?? (env.CONSUL_HTTP_ADDR ? [env.CONSUL_HTTP_ADDR] : []);
  if (texts.length === 0) {
    for (const [key, flag] of Object.entries(CONSUL_ONLY)) {
      if (flags[key as keyof ConsulFlags] !== undefined) issues.push(needsServer(flag));
    }
    return issues.length > 0 ? { ok: false, error: issues } : { ok: true, value: undefined };
  }
  const chosenBy = flags.consulAddr === undefined ? "CONSUL_HTTP_ADDR" : "--consul-addr";
  const allowPlaintextLeaves = flags.allowPlaintextLeaves ?? false;
  const addresses: ConsulAddress[] = [];
  for (const text of texts) {
    const address = parseConsulAddress(text, isTrue(env.CONSUL_HTTP_SSL) ? "https" : "http");
    if (!address.ok) issues.push({ ...address.error, path: chosenBy });
    else if (!allowPlaintextLeaves && !isPrivate(address.value)) issues.push(inTheClear(chosenBy));
    else addresses.push(address.value);
  }
  if (env.CONSUL_HTTP_SSL_VERIFY !== undefined && !isTrue(env.CONSUL_HTTP_SSL_VERIFY)) issues.push(notVerified());
  const clientCert = pathOf(flags.clientCert, "--client-cert", env, "CONSUL_CLIENT_CERT");
  const clientKey = pathOf(flags.clientKey, "--client-key", env, "CONSUL_CLIENT_KEY");
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    const path = clientCert === undefined ? "--client-key" : "--client-cert";
    const other = clientCert === undefined ? "--client-cert" : "--client-key";
    issues.push({
      path,
      got: "one without the other",
      allowed: "a certificate and its key",
      hint: `pass ${other} too`,
    });
  }
  const registration = parseRegistration(flags, hostname);
  if (!registration.ok) issues.push(...registration.error);
  const exposure = parseExposure(flags);
  if (!exposure.ok) issues.push(...exposure.error);
  const credentials = credentialsOf(flags, env, issues);
  if (issues.length > 0 || !exposure.ok || !registration.ok) return { ok: false, error: issues };
  return {
    ok: true,
    value: {
      ...{ addresses, chosenBy, allowPlaintextLeaves, exposure: exposure.value, registration: registration.value },
      ...given({
        ...credentials,
        caFile: pathOf(flags.caFile, "--ca-file", env, "CONSUL_CACERT"),
        caPath: pathOf(flags.caPath, "--ca-path", env, "CONSUL_CAPATH"),
        ...{ clientCert, clientKey },
        serverName: flags.tlsServerName ?? (env.CONSUL_TLS_SERVER_NAME || undefined),
        datacenter: flags.datacenter,
        namespace: flags.namespace ?? (env.CONSUL_NAMESPACE || undefined),
        partition: flags.partition ?? (env.CONSUL_PARTITION || undefined),
      }),
    },
  };
}

type Credentials = Pick<ConsulSettings, "token" | "tokenFile" | "login">;

/** An auth method or a token; where both are there, a flag wins over the environment. */
function credentialsOf(flags: ConsulFlags, env: Environment, issues: Issue[]): Partial<Credentials> {
  const login = parseLogin(flags, env);
  const tokenFile = pathOf(flags.tokenFile, "--token-file", env, "CONSUL_HTTP_TOKEN_FILE");
  const token = env.CONSUL_HTTP_TOKEN || undefined;
  if (!login.ok) issues.push(...login.error);
  const method = login.ok ? login.value : undefined;
  const tokenFrom = tokenFile?.from ?? (token === undefined ? undefined : "CONSUL_HTTP_TOKEN");
  if (method === undefined || tokenFrom === undefined) return given({ token, tokenFile, login: method });
  const isFlag = (from: string): boolean => from.startsWith("--");
  if (isFlag(method.from) === isFlag(tokenFrom)) {
    const hint = "leave one of them out";
    issues.push({ path: method.from, got: `${tokenFrom} as well`, allowed: "an auth method, or a token", hint });
  }
  return isFlag(method.from) ? { login: method } : given({ token, tokenFile });
}

function pathOf(flag: string | undefined, name: string, env: Environment, variable: string): GivenPath | undefined {
  if (flag !== undefined) return { path: flag, from: name };
  const path = env[variable];
  return path ? { path, from: variable } : undefined;
}

/** As Consul reads its boolean variables. */
function isTrue(text: string | undefined): boolean {
  return ["1", "t", "T", "true", "TRUE", "True"].includes(text ?? "");
}

function needsServer(path: string): Issue {
  const hint = "pass --consul-addr, or leave this flag out: a manifest alone says where the gateway listens";
  return { path, got: "no Consul server", allowed: "together with --consul-addr or CONSUL_HTTP_ADDR", hint };
}

function inTheClear(path: string): Issue {
  const hint = "use https://, or accept it with --allow-plaintext-leaves: certificates come with their private keys";
  return { path, got: "http:// to another host", allowed: "https://, or http:// on loopback", hint };
}

function notVerified(): Issue {
  const hint = "pass the servers' CA with --ca-file: whoever answers here decides who may connect";
  return { path: "CONSUL_HTTP_SSL_VERIFY", got: "a server that is not verified", allowed: "true, or nothing", hint };
}
