// consul_node and consul_service: entries of the catalog, written without an agent.

import type { ConsulClient, Query } from "./consul-client";
import type { Operations } from "./operations";
import { type Attributes, mapOf, textOf, textsOf, type Value } from "./values";

interface CatalogNode {
  readonly Node: {
    readonly Node: string;
    readonly Address: string;
    readonly Datacenter: string;
    readonly Meta?: Attributes | null;
  };
  readonly Services?: Readonly<Record<string, CatalogService>> | null;
}

interface CatalogService {
  readonly ID: string;
  readonly Service: string;
  readonly Address: string;
  readonly Port: number;
  readonly Tags?: readonly string[] | null;
  readonly Meta?: Attributes | null;
  readonly Weights?: { readonly Passing: number; readonly Warning: number };
  readonly EnableTagOverride?: boolean;
}

const tenancyOf = (of: Attributes): Query => ({
  ...{ dc: textOf(of.datacenter), ns: textOf(of.namespace), partition: textOf(of.partition) },
});

async function lookUp(client: ConsulClient, name: Value | undefined, of: Attributes): Promise<CatalogNode | undefined> {
  const { ns: _none, ...query } = tenancyOf(of);
  const path = `/v1/catalog/node/${encodeURIComponent(textOf(name))}`;
  return ((await client.get(path, withDatacenter(client, query))) ?? undefined) as CatalogNode | undefined;
}

const withDatacenter = (client: ConsulClient, query: Query): Query => ({
  ...query,
  dc: query.dc === undefined || query.dc === "" ? client.datacenter : query.dc,
});

/** A node that exists already is taken over: its address and metadata are overwritten, and it is destroyed later (N1). */
export const node: Operations = {
  async write(client, wanted) {
    const body = { Node: wanted.name, Address: wanted.address, NodeMeta: wanted.meta ?? {} };
    const { ns: _none, ...query } = tenancyOf(wanted);
    await client.put("/v1/catalog/register", body, withDatacenter(client, query));
    return readNode(client, wanted).then((read) => read ?? wanted);
  },
  read: readNode,
  async delete(client, known) {
    await client.put("/v1/catalog/deregister", { Node: known.name, Datacenter: textOf(known.datacenter) });
  },
  fromImportId: (id) => ({ name: id }),
};

async function readNode(client: ConsulClient, known: Attributes): Promise<Attributes | undefined> {
  const found = await lookUp(client, known.name, known);
  if (found === undefined) return undefined;
  const { Node: name, Address: address, Datacenter: datacenter, Meta: meta } = found.Node;
  return { ...known, id: `${name}-${address}`, name, address, datacenter, meta: meta ?? {} };
}

/** The provider's own mark, which it hides again when it reads (N3). */
const SOURCE = "external-source";

export const service: Operations = {
  async write(client, wanted) {
    const at = await lookUp(client, wanted.node, wanted);
    if (at === undefined) throw new Error(`node does not exist: '${textOf(wanted.node)}'`);
    const { weights } = wanted;
    const body = {
      ...{ Node: wanted.node, Address: at.Node.Address, SkipNodeUpdate: true },
      Service: {
        ID: idOf(wanted),
        Service: wanted.name,
        Address: textOf(wanted.address) === "" ? at.Node.Address : wanted.address,
        Port: wanted.port ?? 0,
        Tags: textsOf(wanted.tags),
        Meta: { [SOURCE]: "terraform", ...mapOf(wanted.meta) },
        EnableTagOverride: wanted.enable_tag_override === true,
        ...(weights === null || weights === undefined
          ? {}
          : { Weights: { Passing: mapOf(weights).passing, Warning: mapOf(weights).warning } }),
      },
    };
    await client.put("/v1/catalog/register", body, withDatacenter(client, tenancyOf(wanted)));
    return (await readService(client, wanted)) ?? wanted;
  },
  read: readService,
  async delete(client, known) {
    await client.put("/v1/catalog/deregister", { Node: known.node, ServiceID: idOf(known) }, tenancyOf(known));
  },
  fromImportId: () => {
    throw new Error("resource consul_service doesn't support import");
  },
};

const idOf = (of: Attributes): string => textOf(of.service_id) || textOf(of.name);

async function readService(client: ConsulClient, known: Attributes): Promise<Attributes | undefined> {
  const at = await lookUp(client, known.node, known);
  const found = at?.Services?.[idOf(known)];
  if (at === undefined || found === undefined) return undefined;
  const { [SOURCE]: _mark, ...meta } = found.Meta ?? {};
  return {
    ...known,
    ...{ id: found.ID, service_id: found.ID, name: found.Service, address: found.Address, port: found.Port },
    ...{ tags: found.Tags ?? [], meta, enable_tag_override: found.EnableTagOverride === true },
    weights: { passing: found.Weights?.Passing ?? 1, warning: found.Weights?.Warning ?? 1 },
    datacenter: at.Node.Datacenter,
  };
}
