// Plan items → inputs of @pulumi/consul resources. Names are always explicit: without one Pulumi adds a random suffix.

import type * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import { canonicalJson, compactJson, goJson } from "../../model/canonical-json";
import { given } from "../../model/given";
import type {
  AclAuthMethodItem,
  AclBindingRuleItem,
  AclPolicyItem,
  AclRoleItem,
  AclTokenItem,
  ConfigEntryItem,
  KvKeyItem,
  ManifestItem,
  NodeItem,
  PlanJson,
  ServiceItem,
} from "../../model/plan-types";
import type { Leaf } from "./leaves";

export function renderNode({ args }: NodeItem<Leaf>): consul.NodeArgs {
  const { name, address, meta } = args;
  return { name, address, meta: { ...meta }, ...tenancyOf(args) };
}

/**
 * @param node name of the node resource, as its Output: the engine then replaces the service together with its node. A plain
 *   string would lose the service in silence, and any replacement option added to the Output would delete the new one.
 */
export function renderService({ args }: ServiceItem<Leaf>, node: pulumi.Output<string>): consul.ServiceArgs {
  const { name, serviceId, address, port, meta, tags, weights } = args;
  return {
    name,
    serviceId,
    node,
    address,
    port,
    ...tenancyOf(args),
    ...(Object.keys(meta).length === 0 ? {} : { meta: { ...meta } }),
    ...(tags.length === 0 ? {} : { tags: [...tags] }),
    ...(weights === undefined ? {} : { weights: { ...weights } }),
  };
}

export function renderConfigEntry({ args }: ConfigEntryItem<Leaf>): consul.ConfigEntryArgs {
  const { kind, name, config } = args;
  return { kind, name, ...tenancyOf(args), configJson: renderJson(config) };
}

/**
 * With `delete`, as otherwise the key stays in Consul when the resource is destroyed.
 * @param check throws where a text that was late is not fit for a key
 */
export function renderKvKey({ args }: KvKeyItem<Leaf>, check: (text: string) => void): consul.KeysArgs {
  const { path } = args;
  const json = renderJson(args.value);
  const value = typeof json === "string" ? json : pulumi.output(json).apply((text) => checked(text, check));
  return { ...tenancyOf(args), keys: [{ path, value, delete: true }] };
}

function checked(text: string, check: (text: string) => void): string {
  check(text);
  return text;
}

export function renderAclPolicy({ args }: AclPolicyItem): consul.AclPolicyArgs {
  return { ...args };
}

export function renderAclRole({ args }: AclRoleItem): consul.AclRoleArgs {
  return { ...args, policies: [...args.policies] };
}

export function renderAclToken({ args }: AclTokenItem): consul.AclTokenArgs {
  return { ...args, roles: [...args.roles] };
}

export function renderAclAuthMethod({ args }: AclAuthMethodItem<Leaf>): consul.AclAuthMethodArgs {
  const { config, ...rest } = args;
  // Said, as the server would say it.
  return { ...rest, tokenLocality: "local", configJson: renderJson(config, goJson) };
}

export function renderAclBindingRule({ args }: AclBindingRuleItem): consul.AclBindingRuleArgs {
  return { ...args };
}

/** The canonical text of a manifest; known in a preview if and only if all its leaves are. */
export function renderManifest({ args }: ManifestItem<Leaf>): pulumi.Output<string> {
  return pulumi.jsonStringify(args.manifest).apply((text) => canonicalJson(JSON.parse(text)));
}

/** JSON on one line with sorted keys; an Output only where a leaf is one, so that a preview shows all that is known. */
function renderJson(json: PlanJson<Leaf>, write: (value: unknown) => string = compactJson): Leaf {
  if (!hasLateLeaf(json)) return write(json);
  return pulumi.jsonStringify(json).apply((text) => write(JSON.parse(text)));
}

function hasLateLeaf(json: PlanJson<Leaf>): boolean {
  if (typeof json !== "object") return false;
  if (pulumi.Output.isInstance(json) || json instanceof Promise) return true;
  return Object.values(json).some(hasLateLeaf);
}

interface Tenancy {
  readonly namespace?: string;
  readonly partition?: string;
}

/** Only what was asked for: the community server refuses both, `default` included. */
function tenancyOf({ namespace, partition }: Tenancy): Tenancy {
  return given({ namespace, partition });
}
