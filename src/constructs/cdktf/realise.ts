// A plan → resources: one child for each item, under the item's key. What may still change until synth is read then.

import { AclPolicy } from "@cdktf/provider-consul/lib/acl-policy/index.js";
import { AclRole } from "@cdktf/provider-consul/lib/acl-role/index.js";
import { AclToken } from "@cdktf/provider-consul/lib/acl-token/index.js";
import { ConfigEntry } from "@cdktf/provider-consul/lib/config-entry/index.js";
import { Node } from "@cdktf/provider-consul/lib/node/index.js";
import { Service } from "@cdktf/provider-consul/lib/service/index.js";
import { DataResource, Lazy, type TerraformProvider, type TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { PlanItem, ServiceItem } from "../../model/plan-types";
import {
  renderAclPolicy,
  renderAclRole,
  renderAclToken,
  renderConfigEntry,
  renderManifest,
  renderNode,
  renderService,
} from "./render";

type Item = PlanItem<string>;

/** Where a plan is realised. */
export interface Site {
  /** Parent of the resources. */
  readonly scope: Construct;
  readonly provider?: TerraformProvider | undefined;
  /** Resources so far, by plan key; grows. */
  readonly made: Map<string, TerraformResource>;
  /** The item as it is now; the one first realised where there is none. @default - it does not change */
  readonly latest?: (key: string) => Item | undefined;
  /** Resources outside the plan that must exist before this item. @default - none */
  readonly after?: (key: string) => readonly TerraformResource[];
}

/** Creates the resources of items that are not made yet. */
export function realise(items: readonly Item[], site: Site): void {
  for (const item of items) {
    if (site.made.has(item.key)) continue;
    const resource = create(item, site);
    // Read at synth: a service linked later is a dependency, too.
    resource.dependsOn = Lazy.listValue({ produce: () => dependenciesOf(item, site) }, { omitEmpty: true });
    site.made.set(item.key, resource);
  }
}

function create(item: Item, site: Site): TerraformResource {
  const { scope, provider } = site;
  const own = provider === undefined ? {} : { provider };
  const latest = <I extends Item>(first: I): I => (site.latest?.(first.key) as I | undefined) ?? first;
  switch (item.kind) {
    case "node":
      return new Node(scope, item.key, { ...renderNode(item), ...own });
    case "service":
      return new Service(scope, item.key, { ...renderService(item, nodeOf(item, site)), ...own });
    case "config-entry": {
      const configJson = Lazy.stringValue({ produce: () => renderConfigEntry(latest(item)).configJson });
      return new ConfigEntry(scope, item.key, { ...renderConfigEntry(item), configJson, ...own });
    }
    case "acl-policy": {
      const rules = Lazy.stringValue({ produce: () => renderAclPolicy(latest(item)).rules });
      return new AclPolicy(scope, item.key, { ...renderAclPolicy(item), rules, ...own });
    }
    case "acl-role":
      return new AclRole(scope, item.key, { ...renderAclRole(item), ...own });
    case "acl-token":
      return new AclToken(scope, item.key, { ...renderAclToken(item), ...own });
    case "manifest":
      // Terraform's own resource: it takes no Consul provider.
      return new DataResource(scope, item.key, {
        input: Lazy.anyValue({ produce: () => renderManifest(latest(item)) }) as unknown as Record<string, unknown>,
      });
  }
}

function nodeOf(item: ServiceItem<string>, { made }: Site): { readonly name: string; readonly address: string } {
  const node = made.get(item.node);
  if (!(node instanceof Node)) throw new Error(`${item.key} needs ${item.node}, which is not made`);
  return { name: node.name, address: addressOf(node) };
}

/** Terraform's address, bare: inside `${…}` it is refused in depends_on and replace_triggered_by. */
function addressOf(resource: TerraformResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}

function dependenciesOf(item: Item, site: Site): string[] {
  const known = item.dependsOn.flatMap((key) => site.made.get(key) ?? []);
  return dependencies(site.scope, [...known, ...(site.after?.(item.key) ?? [])]);
}

/** For depends_on. Only within a stack: between stacks the order of deployments is the dependency. */
export function dependencies(scope: Construct, resources: readonly TerraformResource[]): string[] {
  const stack = TerraformStack.of(scope);
  return [...new Set(resources.filter(({ cdktfStack }) => cdktfStack === stack).map(addressOf))];
}
