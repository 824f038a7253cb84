// Plan items → arguments of the provider's resources. Optional arguments that say nothing are left out, so that plans stay
// clean; configuration goes through consul_config_entry alone (the typed resources lose path and header conditions).

import { canonicalJson, compactJson, goJson } from "../../model/canonical-json";
import { given } from "../../model/given";
import { NO_PGP_KEY, PGP_KEY_PATTERN } from "../../model/pgp-key";
import type {
  AclAuthMethodItem,
  AclBindingRuleItem,
  AclPolicyItem,
  AclRoleItem,
  AclTokenItem,
  AclTokenSecretItem,
  ConfigEntryItem,
  KvKeyItem,
  ManifestItem,
  NodeItem,
  ServiceItem,
} from "../../model/plan-types";
import type {
  AclAuthMethodArguments,
  AclBindingRuleArguments,
  AclPolicyArguments,
  AclRoleArguments,
  AclTokenArguments,
  ConfigEntryArguments,
  KeysArguments,
  NodeArguments,
  ServiceArguments,
  TokenSecretArguments,
} from "./arguments";
import type { Tokens } from "./engine";
import { literal, literals, templateOf } from "./tokens";

/** How a service refers to the node that carries it. */
export interface NodeReference {
  /** The node resource's `name` attribute: without it the service may be created first, which fails only at apply. */
  readonly name: string;
  /** Bare address of the node resource, as `consul_node.egress_node`. */
  readonly address: string;
}

export function renderNode(tokens: Tokens, { args }: NodeItem<string>): NodeArguments {
  return literals(tokens, { name: args.name, address: args.address, meta: { ...args.meta }, ...tenancyOf(args) });
}

/**
 * A replaced node takes its services along without a word in the plan, hence the trigger. It is the node's `id`: known to
 * change with the address, on -replace and taint, and stable when only metadata changes. create_before_destroy is never
 * set: the old one would be deleted under the new one's name.
 */
export function renderService(tokens: Tokens, { args }: ServiceItem<string>, node: NodeReference): ServiceArguments {
  const { name, serviceId, address, port, meta, tags, weights } = args;
  return {
    ...literals(tokens, { name, serviceId, address, port, ...tenancyOf(args) }),
    nodeAttribute: node.name,
    ...(Object.keys(meta).length === 0 ? {} : { meta: literals(tokens, { ...meta }) }),
    ...(tags.length === 0 ? {} : { tags: tags.map(literal) }),
    ...(weights === undefined ? {} : { weights: { ...weights } }),
    lifecycle: { replaceTriggeredBy: [`${node.address}.id`] },
  };
}

export function renderConfigEntry(tokens: Tokens, { args }: ConfigEntryItem<string>): ConfigEntryArguments {
  const { kind, name, config } = args;
  return {
    kind,
    ...literals(tokens, { name, ...tenancyOf(args) }),
    configJson: templateOf(tokens, config, compactJson),
  };
}

/** One key for each resource: an update writes before it deletes, and touches no other key. */
export function renderKvKey(tokens: Tokens, { args }: KvKeyItem<string>): KeysArguments {
  const { path, value } = args;
  return {
    ...literals(tokens, tenancyOf(args)),
    key: [{ path: literal(path), value: templateOf(tokens, value, compactJson), delete: true }],
  };
}

export function renderAclPolicy(tokens: Tokens, { args }: AclPolicyItem): AclPolicyArguments {
  return literals(tokens, { ...args });
}

/** Policies by name, as tokens know their roles by name only. */
export function renderAclRole(tokens: Tokens, { args }: AclRoleItem): AclRoleArguments {
  return literals(tokens, { ...args, policies: [...args.policies] });
}

export function renderAclToken(tokens: Tokens, { args }: AclTokenItem): AclTokenArguments {
  return literals(tokens, { ...args, roles: [...args.roles] });
}

/** A late key is judged before the secret is read: where there is none the provider gives it as it is. */
export function renderTokenSecret(
  tokens: Tokens,
  { args }: AclTokenSecretItem<string>,
  accessorId: string,
): TokenSecretArguments {
  const { pgpKey } = args;
  const condition = { condition: tokens.matches(PGP_KEY_PATTERN, pgpKey), errorMessage: NO_PGP_KEY };
  return { accessorId, pgpKey, ...(tokens.isUnresolved(pgpKey) ? { lifecycle: { precondition: [condition] } } : {}) };
}

export function renderAclAuthMethod(tokens: Tokens, { args }: AclAuthMethodItem<string>): AclAuthMethodArguments {
  const { config, ...rest } = args;
  // Said, as the server would say it.
  const configJson = templateOf(tokens, config, goJson);
  return { ...literals(tokens, { ...rest, tokenLocality: "local" as const }), configJson };
}

export function renderAclBindingRule(tokens: Tokens, { args }: AclBindingRuleItem): AclBindingRuleArguments {
  return literals(tokens, { ...args });
}

/** `input` of a terraform_data: a map, as a plain value would be written as `{}`. */
export function renderManifest(tokens: Tokens, { args }: ManifestItem<string>): { readonly [key: string]: unknown } {
  return literals(tokens, args.manifest);
}

/** The manifest's canonical text, as a template while leaves are late. */
export function renderManifestText(tokens: Tokens, { args }: ManifestItem<string>): string {
  return templateOf(tokens, args.manifest, canonicalJson);
}

function tenancyOf(args: { readonly namespace?: string; readonly partition?: string }) {
  const { namespace, partition } = args;
  return given({ namespace, partition });
}
