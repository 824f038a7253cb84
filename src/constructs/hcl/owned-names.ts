// Names in Consul that one construct of a stack owns. A second owner would overwrite the first, at every deployment anew.

import type { Construct } from "constructs";
import { consulNameOf } from "../../model/consul-name";
import { isShared, sharedIssue } from "../../model/federation";
import type { Issue } from "../../model/issues";
import type { PlanItem } from "../../model/plan-types";
import { datacenterOf } from "./datacenter";
import type { Engine, EngineTypes, HclStack } from "./engine";

interface Owner {
  readonly path: string;
  /** Another provider may be another Consul, or another datacenter of the same. */
  readonly provider: unknown;
  readonly datacenter: string | undefined;
}

/** Stack → what is owned → who has it. */
const owners = new WeakMap<HclStack, Map<string, Owner[]>>();

/** Where a construct writes. */
export interface Place<E extends EngineTypes> {
  readonly provider: E["provider"] | undefined;
  /** @default - the provider's */
  readonly datacenter?: string;
}

/** Takes the names of these items for a construct; an issue for each that another construct of the stack has. */
export function ownNames<E extends EngineTypes>(
  engine: Engine<E>,
  construct: Construct,
  items: readonly PlanItem<string>[],
  place: Place<E>,
): readonly Issue[] {
  const stack = engine.stackOf(construct);
  const owned = owners.get(stack) ?? new Map<string, Owner[]>();
  owners.set(stack, owned);
  const { provider } = place;
  const datacenter = place.datacenter ?? datacenterOf(engine, construct, provider);
  const me: Owner = { path: construct.node.path, provider, datacenter };
  return items.flatMap((item) => {
    const name = consulNameOf(item);
    if (name === undefined) return [];
    const all = owned.get(name) ?? [];
    owned.set(name, all);
    if (all.some((each) => each.path === me.path)) return [];
    const issue = all.flatMap((each) => issueBetween(item, name, each, me)).at(0);
    if (issue === undefined) all.push(me);
    return issue ?? [];
  });
}

function issueBetween(item: PlanItem<string>, name: string, owner: Owner, me: Owner): readonly Issue[] {
  if (owner.provider === me.provider) {
    const hint = "two owners overwrite each other: declare it once and pass it on, or rename one of them";
    return [{ path: "name", got: `the ${name} of ${owner.path}`, allowed: "a name of its own", hint }];
  }
  const { datacenter: there } = owner;
  const here = me.datacenter;
  if (!isShared(item) || there === undefined || here === undefined || there === here) return [];
  return [sharedIssue(name, owner.path, there, here)];
}
