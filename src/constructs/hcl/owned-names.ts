// Names in Consul that one construct of a stack owns. A second owner would overwrite the first, at every deployment anew.

import type { Construct, IConstruct } from "constructs";
import { consulNameOf } from "../../model/consul-name";
import type { Issue } from "../../model/issues";
import type { PlanItem } from "../../model/plan-types";
import type { Engine, EngineTypes, HclStack } from "./engine";

/** Stack → what is owned → path of the owner. */
const owners = new WeakMap<HclStack, Map<string, string>>();

/** Takes the names of these items for a construct; an issue for each that another construct of the stack has. */
export function ownNames<E extends EngineTypes>(
  engine: Engine<E>,
  construct: Construct,
  items: readonly PlanItem<string>[],
  provider?: IConstruct,
): readonly Issue[] {
  const stack = engine.stackOf(construct);
  const owned = owners.get(stack) ?? new Map<string, string>();
  owners.set(stack, owned);
  return items.flatMap((item) => {
    const name = consulNameOf(item);
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
