// consul_config_entry: one entry of any kind, overwritten when it exists already and deleted on destroy.

import { configText, decodeConfig } from "./config-entry-text";
import type { ConsulClient, Query } from "./consul-client";
import type { Operations } from "./operations";
import { type Attributes, textOf } from "./values";

const pathOf = (of: Attributes): string => `/v1/config/${textOf(of.kind)}/${encodeURIComponent(textOf(of.name))}`;
const tenancyOf = (of: Attributes): Query => ({ ns: textOf(of.namespace), partition: textOf(of.partition) });

export const configEntry: Operations = {
  async write(client, wanted) {
    const kind = textOf(wanted.kind);
    const body = { ...decodeConfig(kind, textOf(wanted.config_json) || "{}"), Kind: kind, Name: textOf(wanted.name) };
    await client.put("/v1/config", body, tenancyOf(wanted));
    return (await readEntry(client, wanted)) ?? wanted;
  },
  read: readEntry,
  delete: (client, known) => client.delete(pathOf(known), tenancyOf(known)),
  fromImportId(id) {
    const [kind, name, ...rest] = id.split("/");
    if (kind === undefined || name === undefined || rest.length > 0) throw new Error("expected kind/name");
    return { kind, name };
  },
};

async function readEntry(client: ConsulClient, known: Attributes): Promise<Attributes | undefined> {
  const entry = await client.get(pathOf(known), tenancyOf(known));
  if (entry === undefined) return undefined;
  const id = `${textOf(known.kind)}-${textOf(known.name)}`;
  return { ...known, id, config_json: configText(entry as Readonly<Record<string, unknown>>) };
}
