// What Consul holds, in a form that may be compared: without ids, indices, times and hashes.

import type { ConsulServer } from "../consul-server";
import { sortKeys } from "./values";

type Json = Readonly<Record<string, unknown>>;

/** Names of everything, with what a declaration says about each. */
export interface ConsulState {
  /** By node name. */
  readonly nodes: Readonly<Record<string, { readonly address: string; readonly meta: Json }>>;
  /** By `<node>/<service id>`. */
  readonly services: Readonly<Record<string, Json>>;
  /** By `<kind>/<name>`. */
  readonly entries: Readonly<Record<string, Json>>;
  /** Values by key; the server's own mark is left out. */
  readonly keys: Readonly<Record<string, string>>;
  /** Rules by policy name, policies by role name, and one line for each token with its roles. */
  readonly policies: Readonly<Record<string, string>>;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly tokens: readonly string[];
  /** By name. */
  readonly authMethods: Readonly<Record<string, Json>>;
  /** One line for each: method, who, what. */
  readonly bindingRules: readonly string[];
}

const KINDS = ["terminating-gateway", "service-defaults", "service-intentions"] as const;

/** Reads all of it, built-in ACL objects included; only the server's own node, which has a life of its own, is left out. */
export async function readConsul(consul: Pick<ConsulServer, "call">): Promise<ConsulState> {
  const list = async (path: string): Promise<readonly Json[]> => ((await consul.call("GET", path)) ?? []) as Json[];
  const servers = new Set((await list("/v1/catalog/service/consul")).map(({ Node: name }) => name));
  const nodes = (await list("/v1/catalog/nodes")).filter(({ Node: name }) => !servers.has(name));
  const services = await Promise.all(nodes.map(async ({ Node: name }) => servicesOf(consul, String(name))));
  const entries = await Promise.all(KINDS.map((kind) => list(`/v1/config/${kind}`)));
  const keys = (await list("/v1/kv/?recurse")).filter(({ Key }) => Key !== "ready");
  const policies = await list("/v1/acl/policies");
  const rules = await Promise.all(
    policies.map(async ({ ID, Name }): Promise<[string, string]> => {
      const { Rules } = (await consul.call("GET", `/v1/acl/policy/${ID}`)) as { Rules: string };
      return [String(Name), Rules];
    }),
  );
  const roles = await list("/v1/acl/roles");
  const tokens = await list("/v1/acl/tokens");
  const methods = await Promise.all(
    (await list("/v1/acl/auth-methods")).map(({ Name }) => consul.call("GET", `/v1/acl/auth-method/${Name}`)),
  );
  const bindings = await list("/v1/acl/binding-rules");
  return sortKeys({
    nodes: Object.fromEntries(nodes.map((each) => [each.Node, { address: each.Address, meta: each.Meta ?? {} }])),
    services: Object.fromEntries(services.flat()),
    entries: Object.fromEntries(entries.flat().map((each) => [`${each.Kind}/${each.Name}`, configurationOf(each)])),
    keys: Object.fromEntries(keys.map((each) => [each.Key, Buffer.from(String(each.Value), "base64").toString()])),
    policies: Object.fromEntries(rules),
    roles: Object.fromEntries(roles.map((each) => [each.Name, namesOf(each.Policies)])),
    tokens: tokens.map((each) => `${each.Description}: ${namesOf(each.Roles).join(", ")}`).toSorted(),
    authMethods: Object.fromEntries((methods as Json[]).map((each) => [each.Name, configurationOf(each)])),
    bindingRules: bindings
      .map((each) => `${each.AuthMethod}: ${each.Selector || "anyone"}: ${each.BindType} ${each.BindName}`)
      .toSorted(),
  }) as ConsulState;
}

async function servicesOf(consul: Pick<ConsulServer, "call">, node: string): Promise<readonly [string, Json][]> {
  const found = (await consul.call("GET", `/v1/catalog/node/${node}`)) as
    | { Services?: Record<string, Json> }
    | undefined;
  return Object.values(found?.Services ?? {}).map((each) => {
    const { ID: id, Service: name, Address: address, Port: port, Tags: tags, Meta: meta, Weights: weights } = each;
    return [`${node}/${id}`, { name, address, port, tags, meta, weights }];
  });
}

function configurationOf(entry: Json): Json {
  const { CreateIndex: _c, ModifyIndex: _m, Hash: _h, ...configuration } = entry;
  return configuration;
}

const namesOf = (links: unknown): readonly string[] =>
  (Array.isArray(links) ? links : []).map(({ Name }: { Name: string }) => Name);
