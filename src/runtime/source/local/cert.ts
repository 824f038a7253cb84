// Client leaves of the embedded CA, to try a gateway as a mesh service would.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DEFAULT_TENANCY } from "../../../model/service-name";
import { CALLER_NAME, SOURCE_NAME } from "../../../model/validate/names";
import { StateError, writePrivateFile } from "../../persist";
import { spiffeUri } from "../../snapshot/identity";
import type { Authority } from "./authority";

export interface ClientLeafRequest {
  readonly authority: Authority;
  /** Mesh service to be, as in an intention's source. */
  readonly service: string;
  readonly datacenter: string;
  readonly namespace?: string;
  readonly partition?: string;
  /** @default 72 hours */
  readonly ttlMs?: number;
}

export interface ClientLeaf {
  readonly service: string;
  readonly uri: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** All roots of the trust domain, concatenated. */
  readonly rootsPem: string;
  readonly notAfterMs: number;
}

/** Rejects on a name that no service can have. */
export async function issueClientLeaf(request: ClientLeafRequest): Promise<ClientLeaf> {
  const { authority, service, datacenter, ttlMs } = request;
  const { namespace = DEFAULT_TENANCY, partition = DEFAULT_TENANCY } = request;
  // Such a name is a safe part of a URI and of a file name.
  if (!CALLER_NAME.test(service)) {
    throw new Error(`${JSON.stringify(service)} is not ${CALLER_NAME.allowed}: ${SOURCE_NAME.hint}`);
  }
  const uri = spiffeUri({ name: service, namespace, partition }, datacenter, authority.trustDomain);
  const leaf = await authority.issueLeaf(ttlMs === undefined ? { uri } : { uri, ttlMs });
  return {
    service,
    uri,
    certPem: leaf.certPem,
    keyPem: leaf.keyPem,
    rootsPem: authority.bundle().roots.join(""),
    notAfterMs: leaf.notAfterMs,
  };
}

/** Writes `<service>.pem`, `<service>-key.pem` and `roots.pem`, all 0600; makes `dir` 0700 where absent. Returns the paths. */
export async function writeClientLeaf(
  dir: string,
  leaf: ClientLeaf,
): Promise<{ readonly cert: string; readonly key: string; readonly roots: string }> {
  await mkdir(dir, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new StateError(`cannot make ${dir}: ${error.code}`);
  });
  const names = { cert: `${leaf.service}.pem`, key: `${leaf.service}-key.pem`, roots: "roots.pem" };
  await writePrivateFile(dir, names.cert, leaf.certPem);
  await writePrivateFile(dir, names.key, leaf.keyPem);
  await writePrivateFile(dir, names.roots, leaf.rootsPem);
  return { cert: join(dir, names.cert), key: join(dir, names.key), roots: join(dir, names.roots) };
}
