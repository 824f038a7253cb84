// Settings → access: reads the token, CA and client certificate files that they name; every mistake at once.

import { readFile } from "node:fs/promises";
import type { Issue, Result } from "../../../model/issues";
import type { Clock, Logger } from "../../ports";
import type { ConsulAccess } from "./access";
import { discoverServers } from "./discovery";
import type { ConsulSettings, GivenPath } from "./settings";
import { tokenFromFile } from "./token";

export async function openConsulAccess(
  settings: ConsulSettings,
  ports: { readonly clock: Clock; readonly log: Logger },
): Promise<Result<ConsulAccess>> {
  const { addresses, serverName, datacenter, namespace, partition, allowPlaintextLeaves } = settings;
  const issues: Issue[] = [];
  const [caPem, certPem, keyPem] = await Promise.all([
    readPem(settings.caFile, "CERTIFICATE", issues),
    readPem(settings.clientCert, "CERTIFICATE", issues),
    readPem(settings.clientKey, "PRIVATE KEY", issues),
  ]);
  const token = openToken(settings, ports, issues);
  if (issues.length > 0) return { ok: false, error: issues };
  const discovery = await discoverServers({ addresses, ...ports });
  const tls = {
    ...(caPem === undefined ? {} : { caPem }),
    ...(certPem === undefined ? {} : { certPem }),
    ...(keyPem === undefined ? {} : { keyPem }),
    ...(serverName === undefined ? {} : { serverName }),
  };
  return {
    ok: true,
    value: {
      ...{ addresses, token, tls, allowPlaintextLeaves },
      ...(discovery === undefined ? {} : { discovery }),
      ...(datacenter === undefined ? {} : { datacenter }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(partition === undefined ? {} : { partition }),
    },
  };
}

function openToken(
  { token, tokenFile }: ConsulSettings,
  ports: { readonly clock: Clock; readonly log: Logger },
  issues: Issue[],
): ConsulAccess["token"] {
  if (tokenFile === undefined) return () => token;
  try {
    return tokenFromFile({ path: tokenFile.path, ...ports });
  } catch (error) {
    const allowed = "a readable file with the token alone";
    issues.push({ path: tokenFile.from, got: (error as Error).message, allowed, hint: "correct the file or its path" });
    return () => undefined;
  }
}

async function readPem(given: GivenPath | undefined, what: string, issues: Issue[]): Promise<string | undefined> {
  if (given === undefined) return undefined;
  const { path, from } = given;
  const allowed = `a readable PEM file with a ${what.toLowerCase()}`;
  const hint = "correct the file or its path";
  try {
    const text = await readFile(path, "utf8");
    if (text.includes(`${what}-----`)) return text;
    issues.push({ path: from, got: `${path}: no ${what.toLowerCase()} in it`, allowed, hint });
  } catch (error) {
    issues.push({
      path: from,
      got: `${path}: ${(error as NodeJS.ErrnoException).code ?? "unreadable"}`,
      allowed,
      hint,
    });
  }
  return undefined;
}
