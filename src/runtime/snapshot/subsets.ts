// Subsets and services share names: `v1.web` may be the subset v1 of web, or a service. Callers mean the service.

import { formatServiceName } from "../../model/service-name";
import { fullNameOf } from "./identity";
import type { GatewayState, SubsetInstances } from "./state";

/** The key of a service that would have the subset's SNI. */
function rivalOf(service: string, subset: string): string {
  const full = fullNameOf(service);
  return formatServiceName({ ...full, name: `${subset}.${full.name}` });
}

/** The key of the service whose subset would have this service's SNI; none where its name has no dot. */
export function claimantOf(service: string): readonly string[] {
  const slash = service.lastIndexOf("/") + 1;
  const dot = service.indexOf(".", slash);
  return dot < 0 ? [] : [service.slice(0, slash) + service.slice(dot + 1)];
}

/** The subsets that are served, and why the others are not. */
export function servedSubsets(
  state: GatewayState,
  service: string,
  subsets: readonly SubsetInstances[],
): { readonly served: readonly SubsetInstances[]; readonly problems: readonly string[] } {
  const taken = subsets.filter(({ name }) => state.services.has(rivalOf(service, name)));
  return {
    served: subsets.filter((subset) => !taken.includes(subset)),
    problems: taken.map(({ name }) => `the subset "${name}" is not served: ${rivalOf(service, name)} is a service`),
  };
}
