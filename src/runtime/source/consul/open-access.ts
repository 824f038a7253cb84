// Settings → access: reads the token, CA and client certificate files that they name; every mistake at once. An auth method
// is asked when the first request needs a token.

import { given } from "../../../model/given";
import type { Issue, Result } from "../../../model/issues";
import type { Clock, Logger, Random } from "../../ports";
import type { ConsulAccess } from "./access";
import { discoverServers } from "./discovery";
import { type Login, makeLogin } from "./login";
import type { Bearer } from "./login-exchange";
import type { LoginSettings } from "./login-settings";
import type { ConsulSettings, GivenPath } from "./settings";
import { followTls, readTls } from "./tls-files";
import { readToken, tokenFromFile } from "./token";

export interface OpenAccess {
  readonly access: ConsulAccess;
  /** To be stopped when the access is used no more. */
  readonly login?: Login;
}

interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export async function openConsulAccess(settings: ConsulSettings, ports: Ports): Promise<Result<OpenAccess>> {
  const { addresses, datacenter, namespace, partition, allowPlaintextLeaves } = settings;
  const issues: Issue[] = [];
  const first = readTls(settings);
  if (!first.ok) issues.push(...first.error);
  const token = openToken(settings, ports, issues);
  const bearerFile = settings.login?.bearerTokenFile;
  if (bearerFile !== undefined) readable(bearerFile, "bearer token", issues, readToken);
  if (issues.length > 0 || !first.ok) return { ok: false, error: issues };
  const discovery = await discoverServers({ addresses, ...ports });
  const tls = followTls(settings, first.value, ports);
  const access = {
    ...{ addresses, tls, allowPlaintextLeaves },
    ...given({ discovery, datacenter, namespace, partition }),
  };
  if (settings.login === undefined) return { ok: true, value: { access: { ...access, token } } };
  const bearer = bearerOf(settings.login, ports.clock);
  const login = makeLogin({ ...ports, ...settings.login, access, bearer });
  return { ok: true, value: { access: { ...access, token: login.token, refused: login.refused }, login } };
}

/** Loaded when it is needed: few gateways log in at AWS. */
const aws = (): typeof import("./aws/bearer") => require("./aws/bearer");

/** Read or made anew for every login, as what issues it replaces it. */
function bearerOf(login: LoginSettings, clock: Clock): (signal: AbortSignal) => Promise<Bearer> {
  const { bearerTokenFile, aws: settings } = login;
  if (settings !== undefined) return (signal) => aws().awsBearer(settings, process.env, clock.now(), signal);
  return async () => ({ token: readToken(bearerTokenFile?.path ?? "") });
}

function openToken({ token, tokenFile }: ConsulSettings, ports: Ports, issues: Issue[]): ConsulAccess["token"] {
  if (tokenFile === undefined) return () => token;
  return readable(tokenFile, "token", issues, (path) => tokenFromFile({ path, ...ports })) ?? (() => undefined);
}

/** Undefined after a mistake. */
function readable<T>(
  { path, from }: GivenPath,
  what: string,
  issues: Issue[],
  read: (path: string) => T,
): T | undefined {
  try {
    return read(path);
  } catch (error) {
    const allowed = `a readable file with the ${what} alone`;
    issues.push({ path: from, got: (error as Error).message, allowed, hint: "correct the file or its path" });
    return undefined;
  }
}
