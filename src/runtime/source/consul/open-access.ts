// Settings → access: reads the token, CA and client certificate files that they name; every mistake at once. An auth method
// is asked when the first request needs a token.

import { readFile } from "node:fs/promises";
import { given } from "../../../model/given";
import type { Issue, Result } from "../../../model/issues";
import type { Clock, Logger, Random } from "../../ports";
import type { ConsulAccess } from "./access";
import { discoverServers } from "./discovery";
import { type Login, makeLogin } from "./login";
import type { LoginSettings } from "./login-settings";
import type { ConsulSettings } from "./settings";
import { followTls, readTls } from "./tls-files";
import { tokenFromFile } from "./token";

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
  if (settings.login !== undefined) await checkBearer(settings.login, issues);
  if (issues.length > 0 || !first.ok) return { ok: false, error: issues };
  const discovery = await discoverServers({ addresses, ...ports });
  const tls = followTls(settings, first.value, ports);
  const access = {
    ...{ addresses, tls, allowPlaintextLeaves },
    ...given({ discovery, datacenter, namespace, partition }),
  };
  if (settings.login === undefined) return { ok: true, value: { access: { ...access, token } } };
  const { bearerTokenFile, ...method } = settings.login;
  const login = makeLogin({ ...ports, ...method, access, bearer: () => readBearer(bearerTokenFile.path) });
  return { ok: true, value: { access: { ...access, token: login.token, refused: login.refused }, login } };
}

/** Read anew for every login, as what issues it replaces it. */
async function readBearer(path: string): Promise<string> {
  const text = (await readFile(path, "utf8")).trim();
  if (text === "") throw new Error(`${path} is empty`);
  return text;
}

async function checkBearer({ bearerTokenFile: { path, from } }: LoginSettings, issues: Issue[]): Promise<void> {
  await readBearer(path).catch((error: Error) => {
    const allowed = "a readable file with the bearer token alone";
    issues.push({ path: from, got: error.message, allowed, hint: "correct the file or its path" });
  });
}

function openToken({ token, tokenFile }: ConsulSettings, ports: Ports, issues: Issue[]): ConsulAccess["token"] {
  if (tokenFile === undefined) return () => token;
  try {
    return tokenFromFile({ path: tokenFile.path, ...ports });
  } catch (error) {
    const allowed = "a readable file with the token alone";
    issues.push({ path: tokenFile.from, got: (error as Error).message, allowed, hint: "correct the file or its path" });
    return () => undefined;
  }
}
