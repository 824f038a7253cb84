// consul_acl_policy, consul_acl_role and consul_acl_token. None is adopted: the server refuses a name that exists (N14).

import type { ConsulClient, Query } from "./consul-client";
import type { Operations } from "./operations";
import { type Attributes, textOf, textsOf } from "./values";

type Found = Readonly<Record<string, unknown>>;

interface AclKind {
  readonly path: string;
  /** Field of the answer that identifies it. */
  readonly key: "ID" | "AccessorID";
  body(wanted: Attributes): Found;
  attributes(found: Found): Attributes;
}

const tenancyOf = (of: Attributes): Query => ({ ns: textOf(of.namespace), partition: textOf(of.partition) });

function operations({ path, key, body, attributes }: AclKind): Operations {
  const read = async (client: ConsulClient, known: Attributes): Promise<Attributes | undefined> => {
    const found = (await client.get(`${path}/${textOf(known.id)}`, tenancyOf(known))) as Found | undefined;
    return found === undefined ? undefined : { ...known, id: String(found[key]), ...attributes(found) };
  };
  return {
    async write(client, wanted, prior) {
      const own = body(wanted);
      const made =
        prior !== null
          ? await client.put(`${path}/${textOf(wanted.id)}`, { ...own, [key]: wanted.id }, tenancyOf(wanted))
          : await client.put(path, own, tenancyOf(wanted));
      const id = String((made as Found)[key]);
      return (await read(client, { ...wanted, id })) ?? { ...wanted, id };
    },
    read,
    delete: (client, known) => client.delete(`${path}/${textOf(known.id)}`, tenancyOf(known)),
    fromImportId: (id) => ({ id }),
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A role takes policies by name or by id, a token takes names only: an id there is a name that does not exist (16). */
const byNameOrId = (each: string): Found => (UUID.test(each) ? { ID: each } : { Name: each });
const byName = (each: string): Found => ({ Name: each });
const namesOf = (links: unknown): readonly string[] =>
  (Array.isArray(links) ? links : []).map((each) => String((each as Found).Name));
const text = (value: unknown): string => (typeof value === "string" ? value : "");

export const acl = {
  policy: operations({
    path: "/v1/acl/policy",
    key: "ID",
    body: (wanted) => ({
      ...{ Name: wanted.name, Rules: wanted.rules, Description: textOf(wanted.description) },
      ...(textsOf(wanted.datacenters).length === 0 ? {} : { Datacenters: wanted.datacenters }),
    }),
    attributes: (found) => ({
      ...{ name: text(found.Name), rules: text(found.Rules), description: text(found.Description) },
    }),
  }),
  role: operations({
    path: "/v1/acl/role",
    key: "ID",
    body: (wanted) => ({
      ...{ Name: wanted.name, Description: textOf(wanted.description) },
      Policies: textsOf(wanted.policies).map(byNameOrId),
    }),
    attributes: (found) => ({
      ...{ name: text(found.Name), description: text(found.Description), policies: namesOf(found.Policies) },
    }),
  }),
  /** The secret id is never read. */
  token: operations({
    path: "/v1/acl/token",
    key: "AccessorID",
    body: (wanted) => ({
      ...(textOf(wanted.accessor_id) === "" ? {} : { AccessorID: wanted.accessor_id }),
      ...{ Description: textOf(wanted.description), Local: wanted.local === true },
      ...{ Policies: textsOf(wanted.policies).map(byName), Roles: textsOf(wanted.roles).map(byName) },
      ...(textOf(wanted.expiration_time) === "" ? {} : { ExpirationTime: wanted.expiration_time }),
    }),
    attributes: (found) => ({
      ...{ accessor_id: text(found.AccessorID), description: text(found.Description), local: found.Local === true },
      ...{ policies: namesOf(found.Policies), roles: namesOf(found.Roles) },
      expiration_time: text(found.ExpirationTime),
    }),
  }),
};
