// Plan items → arguments of the provider's resources. Optional arguments that say nothing are left out, so that plans stay
// clean; configuration goes through consul_config_entry alone (the typed resources lose path and header conditions).

import type { AclPolicyConfig } from "@cdktf/provider-consul/lib/acl-policy/index.js";
import type { AclRoleConfig } from "@cdktf/provider-consul/lib/acl-role/index.js";
import type { AclTokenConfig } from "@cdktf/provider-consul/lib/acl-token/index.js";
import type { ConfigEntryConfig } from "@cdktf/provider-consul/lib/config-entry/index.js";
import type { NodeConfig } from "@cdktf/provider-consul/lib/node/index.js";
import type { ServiceConfig } from "@cdktf/provider-consul/lib/service/index.js";
import { canonicalJson } from "../../model/canonical-json";
import type {
  AclPolicyItem,
  AclRoleItem,
  AclTokenItem,
  ConfigEntryItem,
  ManifestItem,
  NodeItem,
  ServiceItem,
} from "../../model/plan-types";
import { literal, literals, templateOf } from "./tokens";

/** How a service refers to the node that carries it. */
export interface NodeReference {
  /** The node resource's `name` attribute: without it the service may be created first, which fails only at apply. */
  readonly name: string;
  /** Bare address of the node resource, as `consul_node.egress_node`. */
  readonly address: string;
}

export function renderNode({ args }: NodeItem<string>): NodeConfig {
  return literals({ name: args.name, address: args.address, meta: args.meta, ...tenancyOf(args) });
}

/**
 * A replaced node takes its services along without a word in the plan, hence the trigger. It is the node's `id`: known to
 * change with the address, on -replace and taint, and stable when only metadata changes. create_before_destroy is never
 * set: the old one would be deleted under the new one's name.
 */
export function renderService({ args }: ServiceItem<string>, node: NodeReference): ServiceConfig {
  const { name, serviceId, address, port, meta, tags, weights } = args;
  return {
    ...literals({ name, serviceId, address, port, ...tenancyOf(args) }),
    nodeAttribute: node.name,
    ...(Object.keys(meta).length === 0 ? {} : { meta: literals({ ...meta }) }),
    ...(tags.length === 0 ? {} : { tags: tags.map(literal) }),
    ...(weights === undefined ? {} : { weights: { ...weights } }),
    lifecycle: { replaceTriggeredBy: [`${node.address}.id`] },
  };
}

export function renderConfigEntry({ args }: ConfigEntryItem<string>): ConfigEntryConfig {
  const { kind, name, config } = args;
  return { kind, ...literals({ name, ...tenancyOf(args) }), configJson: templateOf(config, compactJson) };
}

export function renderAclPolicy({ args }: AclPolicyItem): AclPolicyConfig {
  return literals({ ...args });
}

/** Policies by name, as tokens know their roles by name only. */
export function renderAclRole({ args }: AclRoleItem): AclRoleConfig {
  return literals({ ...args, policies: [...args.policies] });
}

export function renderAclToken({ args }: AclTokenItem): AclTokenConfig {
  return literals({ ...args, roles: [...args.roles] });
}

/** `input` of a terraform_data: a map, as a plain value would be written as `{}`. */
export function renderManifest({ args }: ManifestItem<string>): { readonly [key: string]: unknown } {
  return literals(args.manifest);
}

/** The manifest's canonical text, as a template while leaves are late. */
export function renderManifestText({ args }: ManifestItem<string>): string {
  return templateOf(args.manifest, canonicalJson);
}

/** Sorted keys on one line. */
function compactJson(value: unknown): string {
  return JSON.stringify(JSON.parse(canonicalJson(value)));
}

function tenancyOf(args: { readonly namespace?: string; readonly partition?: string }) {
  const { namespace, partition } = args;
  return { ...(namespace === undefined ? {} : { namespace }), ...(partition === undefined ? {} : { partition }) };
}
