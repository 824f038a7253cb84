// Consul across datacenters: config entries and ACL objects are one set for a whole federation, nodes and services belong to
// one datacenter (Consul's documentation of WAN federation). So each datacenter needs a gateway of a name of its own.

import type { Issue } from "./issues";
import type { PlanItem } from "./plan-types";

/** Whether the datacenters of a federation have what this item makes in common. */
export function isShared<S>({ kind }: PlanItem<S>): boolean {
  return kind === "config-entry" || kind === "acl-policy" || kind === "acl-role";
}

/** A name that two datacenters would write; `owner` has it in `there`. */
export function sharedIssue(name: string, owner: string, there: string, here: string): Issue {
  const hint =
    `federated datacenters share it: name each after its datacenter, as with "-${here}" at the end; ` +
    "datacenters that are not federated belong in a stack each";
  return { path: "name", got: `the ${name} of ${owner} in "${there}"`, allowed: "a name of its own", hint };
}

/** A service that is registered in another datacenter than its gateway's, where nobody finds it. */
export function linkIssue(service: string, there: string, home: string): Issue {
  const hint = "services are local to their datacenter: link it to a gateway there, with a name of its own";
  return { path: `link("${service}")`, got: `a service of datacenter "${there}"`, allowed: `"${home}"`, hint };
}

/** A gateway that is declared for another datacenter than its provider writes to. */
export function providerIssue(declared: string, provider: string): Issue {
  const hint = "the provider says where nodes and services are registered: give both the same datacenter";
  return { path: "datacenter", got: `"${declared}"`, allowed: `"${provider}", as its Consul provider has`, hint };
}

/** An instance whose node is in another datacenter. */
export function nodeIssue(there: string, home: string): Issue {
  const hint = "a service is registered on a node of its own datacenter: give both the same provider";
  return { path: "node", got: `a node of datacenter "${there}"`, allowed: `"${home}"`, hint };
}
