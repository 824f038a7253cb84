// What Consul calls the thing that a plan item makes: two items of one such name overwrite each other.

import type { PlanItem } from "./plan-types";

/** As Consul tells things apart, in words; undefined for what has no name there. */
export function consulNameOf<S>(item: PlanItem<S>): string | undefined {
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
    case "kv-key":
      return `KV key "${inTenancy({ ...item.args, name: item.args.path })}"`;
    default:
      return undefined;
  }
}

function inTenancy(args: { readonly name: string; readonly namespace?: string; readonly partition?: string }): string {
  return [args.partition, args.namespace, args.name].filter((part) => part !== undefined).join("/");
}
