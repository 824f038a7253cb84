// Names in Consul that one construct of a stack owns. A second owner would overwrite the first, at every deployment anew.

import { type TerraformProvider, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Issue } from "../../model/issues";
import type { PlanItem } from "../../model/plan-types";

/** Stack → what is owned → path of the owner. */
const owners = new WeakMap<TerraformStack, Map<string, string>>();

/** Takes the names of these items for a construct; an issue for each that another construct of the stack has. */
export function ownNames(
  construct: Construct,
  items: readonly PlanItem<string>[],
  provider?: TerraformProvider,
): readonly Issue[] {
  const stack = TerraformStack.of(construct);
  const owned = owners.get(stack) ?? new Map<string, string>();
  owners.set(stack, owned);
  return items.flatMap((item) => {
    const name = nameOf(item);
    if (name === undefined) return [];
    // Another provider may be another Consul.
    const key = `${provider?.node.path ?? ""}\n${name}`;
    const owner = owned.get(key);
    if (owner === undefined || owner === construct.node.path) {
      owned.set(key, construct.node.path);
      return [];
    }
    const hint = "two owners overwrite each other: declare it once and pass it on, or rename one of them";
    return [{ path: "name", got: `the ${name} of ${owner}`, allowed: "a name of its own", hint }];
  });
}

/** As Consul tells them apart. */
function nameOf(item: PlanItem<string>): string | undefined {
  switch (item.kind) {
    case "node":
      return `node "${inTenancy(item.args)}"`;
    case "service":
      return `service id "${inTenancy({ ...item.args, name: item.args.serviceId })}" on ${item.node}`;
    case "config-entry":
      return `${item.args.kind} "${inTenancy(item.args)}"`;
    case "acl-policy":
    case "acl-role":
      return `${item.kind} "${item.args.name}"`;
    default:
      return undefined;
  }
}

function inTenancy(args: { readonly name: string; readonly namespace?: string; readonly partition?: string }): string {
  return [args.partition, args.namespace, args.name].filter((part) => part !== undefined).join("/");
}
