// consul_acl_auth_method and consul_acl_binding_rule. Neither can be imported.

import type { Operations } from "./operations";
import { type Attributes, isEmpty, mapOf, sortKeys, textOf, type Value } from "./values";

type Found = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function methodBody(wanted: Attributes): Found {
  const json = textOf(wanted.config_json);
  return {
    ...{ Name: wanted.name, Type: wanted.type, DisplayName: textOf(wanted.display_name) },
    ...{ Description: textOf(wanted.description), TokenLocality: textOf(wanted.token_locality) },
    MaxTokenTTL: textOf(wanted.max_token_ttl),
    Config: json === "" ? mapOf(wanted.config ?? null) : JSON.parse(json),
  };
}

/** As encoding/json writes it: sorted, and fit for HTML. */
function marshalled(config: unknown): string {
  const escaped = (each: string): string => `\\u00${each.charCodeAt(0).toString(16)}`;
  return JSON.stringify(sortKeys(config as Value)).replace(/[<>&]/g, escaped);
}

function methodAttributes(found: Found): Attributes {
  const config = (found.Config ?? {}) as Record<string, Value>;
  const isText = Object.values(config).every((each) => typeof each === "string");
  return {
    ...{ id: `auth-method-${text(found.Name)}`, name: text(found.Name), type: text(found.Type) },
    ...{ display_name: text(found.DisplayName), description: text(found.Description) },
    ...{ token_locality: text(found.TokenLocality), max_token_ttl: text(found.MaxTokenTTL) || "0s" },
    ...{ config_json: marshalled(config), config: isText ? config : {} },
  };
}

export const authMethod: Operations = {
  async write(client, wanted, prior) {
    const path = "/v1/acl/auth-method";
    const body = methodBody(wanted);
    await client.put(prior === null ? path : `${path}/${textOf(wanted.name)}`, body, {});
    return (await authMethod.read(client, wanted)) ?? wanted;
  },
  async read(client, known) {
    const found = (await client.get(`/v1/acl/auth-method/${textOf(known.name)}`, {})) as Found | undefined;
    return found === undefined ? undefined : { ...known, ...methodAttributes(found) };
  },
  delete: (client, known) => client.delete(`/v1/acl/auth-method/${textOf(known.name)}`, {}),
  fromImportId() {
    throw new Error("resource consul_acl_auth_method doesn't support import");
  },
};

export const bindingRule: Operations = {
  async write(client, wanted, prior) {
    const path = prior === null ? "/v1/acl/binding-rule" : `/v1/acl/binding-rule/${textOf(wanted.id)}`;
    const made = (await client.put(
      path,
      {
        ...(prior === null ? {} : { ID: wanted.id }),
        ...{ AuthMethod: wanted.auth_method, Description: textOf(wanted.description) },
        ...{ Selector: textOf(wanted.selector), BindType: wanted.bind_type, BindName: wanted.bind_name },
      },
      {},
    )) as Found;
    const id = text(made.ID);
    return (await bindingRule.read(client, { ...wanted, id })) ?? { ...wanted, id };
  },
  /** The auth method is not read back. */
  async read(client, known) {
    const found = (await client.get(`/v1/acl/binding-rule/${textOf(known.id)}`, {})) as Found | undefined;
    if (found === undefined) return undefined;
    return {
      ...known,
      ...{ description: text(found.Description), selector: text(found.Selector) },
      ...{ bind_type: text(found.BindType), bind_name: text(found.BindName) },
    };
  },
  delete: (client, known) => client.delete(`/v1/acl/binding-rule/${textOf(known.id)}`, {}),
  fromImportId() {
    throw new Error("resource consul_acl_binding_rule doesn't support import");
  },
};

/** Differences that the provider does not see. */
export function isSameAuthMethod(name: string, had: Value, wanted: Value, prior: Attributes): boolean {
  if (name === "max_token_ttl") return secondsOf(had) === secondsOf(wanted);
  return name === "config_json" && !isEmpty(prior.config ?? null);
}

function secondsOf(value: Value): number {
  const units = { h: 3600, m: 60, s: 1 } as const;
  const parts = [...String(value).matchAll(/(\d+)([hms])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as "h" | "m" | "s"], 0);
}
