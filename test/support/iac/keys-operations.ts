// consul_keys: single keys of the KV store. A key that exists is overwritten, one that is gone is a difference, and none is
// deleted unless its block says so.

import type { ConsulClient, Query } from "./consul-client";
import type { Operations } from "./operations";
import { type Attributes, isEqual, mapOf, textOf, type Value } from "./values";

const tenancyOf = (of: Attributes): Query => ({
  ...{ dc: textOf(of.datacenter), ns: textOf(of.namespace), partition: textOf(of.partition) },
});
const blocksOf = ({ key }: Attributes): readonly Attributes[] => (Array.isArray(key) ? key.map(mapOf) : []);
const pathOf = (block: Attributes): string => `/v1/kv/${textOf(block.path)}`;

export const keys: Operations = {
  async write(client, wanted, prior) {
    const had = blocksOf(prior ?? {});
    const wants = blocksOf(wanted);
    const without = (some: readonly Attributes[], others: readonly Attributes[]) =>
      some.filter((each) => !others.some((other) => isEqual(each, other)));
    // Written first, so that a key whose value changes is never gone.
    const written = without(wants, had).filter(({ value }) => textOf(value) !== "");
    for (const block of written) {
      const query = { ...tenancyOf(wanted), flags: textOf(block.flags) };
      await client.putText(pathOf(block), textOf(block.value), query).catch((error: Error) => {
        throw new Error(`Failed to write Consul key '${textOf(block.path)}': ${error.message}`);
      });
    }
    for (const block of without(had, wants)) {
      if (written.some(({ path }) => path === block.path) || block.delete !== true) continue;
      await client.delete(pathOf(block), tenancyOf(wanted));
    }
    return read(client, { ...wanted, id: "consul" });
  },
  read,
  async delete(client, known) {
    for (const block of blocksOf(known)) {
      if (block.delete === true) await client.delete(pathOf(block), tenancyOf(known));
    }
  },
  fromImportId: () => {
    throw new Error("resource consul_keys doesn't support import");
  },
};

/** It is never gone as a whole: a missing key has an empty value. */
async function read(client: ConsulClient, known: Attributes): Promise<Attributes> {
  const named: [string, Value][] = [];
  const key: Attributes[] = [];
  for (const block of blocksOf(known)) {
    const [found] = ((await client.get(pathOf(block), tenancyOf(known))) ?? []) as Found[];
    const text = Buffer.from(found?.Value ?? "", "base64").toString("utf8") || textOf(block.default);
    if (textOf(block.name) !== "") named.push([textOf(block.name), text]);
    key.push({ ...block, flags: found?.Flags ?? 0, value: textOf(block.value) === "" ? "" : text });
  }
  const datacenter = textOf(known.datacenter) || client.datacenter;
  return { ...known, key, var: Object.fromEntries(named), datacenter };
}

interface Found {
  readonly Value: string | null;
  readonly Flags: number;
}
