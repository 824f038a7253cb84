// A service is ready when everything it needs is here; until then it waits with a reason that a person can read.

import { addressingOf } from "./addressing";
import { materialKeys, materialName, notReadYet, withPath } from "./materials";
import type { GatewayState, Loaded, ServiceSnapshot } from "./state";
import { servedSubsets } from "./subsets";

/**
 * `problem`: what is wrong although the service is ready, such as a failed watch whose last good value serves.
 * `isStuck`: something has failed, so that waiting alone may not help.
 */
export type Readiness = { readonly ready: ServiceSnapshot; readonly problem?: string } | Waiting;

export interface Waiting {
  readonly waiting: string;
  readonly isStuck: boolean;
}

/** No healthy instance, or none at all, is not a reason to wait: callers get a clear refusal. */
export function snapshotOf(state: GatewayState, service: string): Readiness {
  const found = state.services.get(service);
  if (found === undefined) return waiting(`the service ${service} is not linked to this gateway`, undefined);
  const { identity, roots } = state;
  const { link, config, instances, intentions, leaf, revocations } = found;
  if (identity.at === "waiting") return waiting("the gateway's identity is not known yet", identity.problem);
  if (roots.at === "waiting") return waiting("the mesh's root certificates are not known yet", roots.problem);
  if (config.at === "waiting") return waiting("protocol and limits are not known yet", config.problem);
  if (instances.at === "waiting") return waiting("instances are not known yet", instances.problem);
  if (intentions.at === "waiting") return waiting("intentions are not known yet", intentions.problem);
  if (leaf.at === "waiting") return waiting("leaf certificate not issued yet", leaf.problem);
  const problems = [state.linksProblem, ...[identity, roots, config, instances, intentions, leaf].map(problemOf)];
  for (const key of materialKeys(link.upstream)) {
    const material = state.materials.get(materialName(key));
    const problem = problemOf(material);
    if (material?.at !== "here") return waiting(notReadYet(key), problem && withPath(key, problem));
    problems.push(problem && withPath(key, problem));
  }
  const { served, problems: unserved } = servedSubsets(state, service, found.subsets);
  problems.push(...unserved);
  const { ignored } = addressingOf(instances.value);
  if (ignored > 0) {
    problems.push(`${ignored} instances with an IP address are not served beside those with a hostname`);
  }
  const problem = problems.filter((each) => each !== undefined).join("; ");
  return {
    ready: {
      name: service,
      identity: identity.value,
      trust: roots.value,
      link,
      instances: instances.value,
      subsets: served,
      intentions: intentions.value,
      config: config.value,
      leaf: leaf.value,
      revocations,
    },
    ...(problem === "" ? {} : { problem }),
  };
}

/** The cause where one is known, as it says more than what is missing. */
function waiting(missing: string, cause: string | undefined): Waiting {
  return { waiting: cause === undefined ? missing : `${missing}: ${cause}`, isStuck: cause !== undefined };
}

function problemOf(loaded: Loaded<unknown> | undefined): string | undefined {
  return loaded?.problem;
}
