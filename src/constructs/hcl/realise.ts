// A plan → resources: one child for each item, under the item's key. What may still change until synth is read then.

import type { Construct } from "constructs";
import type { AclTokenSecretItem, PlanItem, ServiceItem } from "../../model/plan-types";
import type { Engine, EngineTypes, HclResource, HclStack } from "./engine";
import {
  type NodeReference,
  renderAclAuthMethod,
  renderAclBindingRule,
  renderAclPolicy,
  renderAclRole,
  renderAclToken,
  renderConfigEntry,
  renderKvKey,
  renderManifest,
  renderNode,
  renderService,
  renderTokenSecret,
} from "./render";

type Item = PlanItem<string>;

/** Where a plan is realised. */
export interface Site<E extends EngineTypes> {
  readonly engine: Engine<E>;
  /** Parent of the resources. */
  readonly scope: Construct;
  readonly provider?: E["provider"] | undefined;
  /** Resources so far, by plan key; grows. */
  readonly made: Map<string, E["resource"]>;
  /** The item as it is now; the one first realised where there is none. @default - it does not change */
  readonly latest?: (key: string) => Item | undefined;
  /** Resources outside the plan that must exist before this item. @default - none */
  readonly after?: (key: string) => readonly E["resource"][];
}

/** Creates the resources of items that are not made yet. */
export function realise<E extends EngineTypes>(items: readonly Item[], site: Site<E>): void {
  for (const item of items) {
    if (site.made.has(item.key)) continue;
    const resource = create(item, site);
    // Read at synth: a service linked later is a dependency, too.
    resource.dependsOn = site.engine.lazyList(() => dependenciesOf(item, site));
    site.made.set(item.key, resource);
  }
}

function create<E extends EngineTypes>(item: Item, site: Site<E>): E["resource"] {
  const { engine, scope, provider } = site;
  const { make } = engine;
  const own = provider === undefined ? {} : { provider };
  const latest = <I extends Item>(first: I): I => (site.latest?.(first.key) as I | undefined) ?? first;
  switch (item.kind) {
    case "node":
      return make.node(scope, item.key, { ...renderNode(engine, item), ...own });
    case "service":
      return make.service(scope, item.key, { ...renderService(engine, item, nodeOf(item, site)), ...own });
    case "config-entry": {
      const configJson = engine.lazyText(() => renderConfigEntry(engine, latest(item)).configJson);
      return make.configEntry(scope, item.key, { ...renderConfigEntry(engine, item), configJson, ...own });
    }
    case "kv-key": {
      const { key, ...tenancy } = renderKvKey(engine, item);
      const latestValue = (): string => renderKvKey(engine, latest(item)).key[0]?.value ?? "";
      const keys = key.map((each) => ({ ...each, value: engine.lazyText(latestValue) }));
      return make.keys(scope, item.key, { ...tenancy, key: keys, ...own });
    }
    case "acl-policy": {
      const rules = engine.lazyText(() => renderAclPolicy(engine, latest(item)).rules);
      return make.aclPolicy(scope, item.key, { ...renderAclPolicy(engine, item), rules, ...own });
    }
    case "acl-role":
      return make.aclRole(scope, item.key, { ...renderAclRole(engine, item), ...own });
    case "acl-token":
      return make.aclToken(scope, item.key, { ...renderAclToken(engine, item), ...own });
    case "acl-token-secret":
      return keptSecret(item, site);
    case "acl-auth-method":
      return make.aclAuthMethod(scope, item.key, { ...renderAclAuthMethod(engine, item), ...own });
    case "acl-binding-rule":
      return make.aclBindingRule(scope, item.key, { ...renderAclBindingRule(engine, item), ...own });
    case "manifest":
      return make.data(scope, item.key, { input: engine.lazyMap(() => renderManifest(engine, latest(item))) });
  }
}

/**
 * The provider encrypts anew each time it is asked, and never gives the same text twice. Kept is the first one, until there is
 * another token or key: a plan that changes nothing is empty, and an output stays what it was.
 */
function keptSecret<E extends EngineTypes>(item: AclTokenSecretItem<string>, site: Site<E>): E["resource"] {
  const { engine, scope, provider, made } = site;
  const token = made.get(item.token);
  if (token === undefined) throw new Error(`${item.key} needs ${item.token}, which is not made`);
  const own = provider === undefined ? {} : { provider };
  const args = renderTokenSecret(engine, item, token.getStringAttribute("accessor_id"));
  const secret = engine.make.tokenSecret(token, "secret", { ...args, ...own });
  const { accessorId, pgpKey } = args;
  return engine.make.data(scope, item.key, {
    input: { encrypted: secret.getStringAttribute("encrypted_secret_id") },
    triggersReplace: { accessorId, pgpKey },
    lifecycle: { ignoreChanges: ["input"] },
  });
}

function nodeOf<E extends EngineTypes>(item: ServiceItem<string>, { made }: Site<E>): NodeReference {
  const node = made.get(item.node);
  if (node === undefined) throw new Error(`${item.key} needs ${item.node}, which is not made`);
  return { name: node.getStringAttribute("name"), address: addressOf(node) };
}

/** Terraform's address, bare: inside `${…}` it is refused in depends_on and replace_triggered_by. */
function addressOf(resource: HclResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}

function dependenciesOf<E extends EngineTypes>(item: Item, site: Site<E>): string[] {
  const known = item.dependsOn.flatMap((key) => site.made.get(key) ?? []);
  return dependencies(site.engine.stackOf(site.scope), [...known, ...(site.after?.(item.key) ?? [])]);
}

/** For depends_on. Only within a stack: between stacks the order of deployments is the dependency. */
export function dependencies(stack: HclStack, resources: readonly HclResource[]): string[] {
  return [...new Set(resources.filter(({ cdktfStack }) => cdktfStack === stack).map(addressOf))];
}
