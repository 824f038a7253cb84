// Names in Consul that one component of a program owns. A second owner would overwrite the first at every update, and
// destroy what is the other's.

import * as pulumi from "@pulumi/pulumi";
import { consulNameOf } from "../../model/consul-name";
import { isShared, sharedIssue } from "../../model/federation";
import type { Issue } from "../../model/issues";
import type { PlanItem } from "../../model/plan-types";
import type { Leaf } from "./leaves";

interface Owner {
  readonly subject: string;
  /** Stands for its Consul; the stack does for that of the default provider. */
  readonly consul: pulumi.Resource;
  readonly datacenter: string | undefined;
}

/** Program → what is owned → who has it. */
const owners = new WeakMap<pulumi.Resource, Map<string, Owner[]>>();

/** Whose names, and where; without a datacenter, names are not compared with those of other providers. */
export interface Claim {
  readonly subject: string;
  readonly parent: pulumi.Resource;
  readonly datacenter?: string;
}

/** Takes the names of these items for a component; an issue for each that another component of the stack has. */
export function ownNames(items: readonly PlanItem<Leaf>[], { subject, parent, datacenter }: Claim): readonly Issue[] {
  const stack = pulumi.runtime.getStackResource();
  const consul = parent.getProvider("consul:index/node:Node") ?? stack;
  // Without a stack there is no program to compare with: a unit test that creates single components.
  if (consul === undefined) return [];
  const program = stack ?? consul;
  const owned = owners.get(program) ?? new Map<string, Owner[]>();
  owners.set(program, owned);
  const me: Owner = { subject, consul, datacenter };
  return items.flatMap((item) => {
    const name = consulNameOf(item);
    if (name === undefined) return [];
    const all = owned.get(name) ?? [];
    owned.set(name, all);
    const issue = all.flatMap((each) => issueBetween(item, name, each, me)).at(0);
    if (issue === undefined) all.push(me);
    return issue ?? [];
  });
}

function issueBetween(item: PlanItem<Leaf>, name: string, owner: Owner, me: Owner): readonly Issue[] {
  if (owner.consul === me.consul) {
    const hint = "two owners overwrite each other: declare it once and pass it on, or rename one of them";
    return [{ path: "name", got: `the ${name} of ${owner.subject}`, allowed: "a name of its own", hint }];
  }
  const { datacenter: there } = owner;
  const here = me.datacenter;
  if (!isShared(item) || there === undefined || here === undefined || there === here) return [];
  return [sharedIssue(name, owner.subject, there, here)];
}
