// Names in Consul that one component of a program owns. A second owner would overwrite the first at every update, and
// destroy what is the other's.

import * as pulumi from "@pulumi/pulumi";
import { consulNameOf } from "../../model/consul-name";
import type { Issue } from "../../model/issues";
import type { PlanItem } from "../../model/plan-types";
import type { Leaf } from "./leaves";

/** Consul → what is owned there → who owns it. A provider stands for its Consul, the stack for that of the default one. */
const owners = new WeakMap<pulumi.Resource, Map<string, string>>();

/** Takes the names of these items for a component; an issue for each that another component of the stack has. */
export function ownNames(subject: string, items: readonly PlanItem<Leaf>[], parent: pulumi.Resource): readonly Issue[] {
  const consul = parent.getProvider("consul:index/node:Node") ?? pulumi.runtime.getStackResource();
  // Without a stack there is no program to compare with: a unit test that creates single components.
  if (consul === undefined) return [];
  const owned = owners.get(consul) ?? new Map<string, string>();
  owners.set(consul, owned);
  return items.flatMap((item) => {
    const name = consulNameOf(item);
    if (name === undefined) return [];
    const owner = owned.get(name);
    owned.set(name, owner ?? subject);
    if (owner === undefined) return [];
    const hint = "two owners overwrite each other: declare it once and pass it on, or rename one of them";
    return [{ path: "name", got: `the ${name} of ${owner}`, allowed: "a name of its own", hint }];
  });
}
