// The data source consul_acl_token_secret_id: a token's secret, as it is, or encrypted to a PGP key; each reading encrypts anew.

import type { ConsulClient } from "./consul-client";
import { encryptTo } from "./pgp";
import { type Attributes, textOf } from "./values";

/** @param config its arguments @returns all attributes; secret_id is empty where there is a key, as that of the real provider is */
export async function readTokenSecret(client: ConsulClient, config: Attributes): Promise<Attributes> {
  const accessorId = textOf(config.accessor_id);
  const found = (await client.get(`/v1/acl/token/${accessorId}`)) as { readonly SecretID: string } | undefined;
  if (found === undefined) throw new Error("Unexpected response code: 403 (ACL not found)");
  const pgpKey = textOf(config.pgp_key);
  const secrets =
    pgpKey === ""
      ? { secret_id: found.SecretID, encrypted_secret_id: "" }
      : { secret_id: "", encrypted_secret_id: encryptTo(pgpKey, found.SecretID) };
  return { namespace: null, partition: null, ...config, id: accessorId, pgp_key: pgpKey, ...secrets };
}
