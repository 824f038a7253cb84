// The list of linked services into the state: who came, who left, who changed, and which files are in use.

import { materialKeys, materialName } from "./materials";
import type { GatewayState, LinkedService, MaterialKey, ServiceState } from "./state";
import { claimantOf } from "./subsets";

/** What a list of links changes. `materials`: files that are used again and whose last content is still known. */
export interface LinksDirty {
  readonly services: readonly string[];
  readonly removed: readonly string[];
  readonly materials: readonly MaterialKey[];
}

/** The complete list replaces the last one. */
export function reduceLinks(state: GatewayState, links: readonly LinkedService[]): LinksDirty {
  const hadProblem = state.linksProblem !== undefined;
  const unused = [...state.materials.keys()].filter((name) => !state.materialUsers.has(name));
  state.linksAnswered = true;
  state.linksProblem = undefined;
  const names = new Set(links.map(({ name }) => name));
  const removed = [...state.services.keys()].filter((name) => !names.has(name));
  for (const name of removed) unlink(state, name);
  const changed = links.filter((link) => putLink(state, link));
  const revived = changed
    .flatMap(({ upstream }) => materialKeys(upstream))
    .filter((key) => unused.includes(materialName(key)));
  forget(state, unused);
  // First those that give a subset's name up, or take it back: names in the store are unique.
  const came = new Set([...removed, ...changed.map(({ name }) => name)].flatMap((name) => claimantOf(name)));
  const services = hadProblem
    ? [...state.services.keys()]
    : [...[...came].filter((name) => state.services.has(name)), ...changed.map(({ name }) => name)];
  return { services, removed, materials: revived };
}

function putLink(state: GatewayState, link: LinkedService): boolean {
  const before = state.services.get(link.name);
  if (before !== undefined && JSON.stringify(before.link) === JSON.stringify(link)) return false;
  if (before !== undefined) release(state, before.link);
  for (const key of materialKeys(link.upstream)) {
    const name = materialName(key);
    state.materialUsers.set(name, (state.materialUsers.get(name) ?? new Set()).add(link.name));
    if (!state.materials.has(name)) state.materials.set(name, { at: "waiting" });
  }
  state.services.set(link.name, before === undefined ? unanswered(state, link) : { ...before, link });
  return true;
}

function unanswered(state: GatewayState, link: LinkedService): ServiceState {
  return {
    link,
    instances: { at: "waiting" },
    subsets: [],
    intentions: { at: "waiting" },
    config: { at: "waiting" },
    leaf: { at: "waiting" },
    revocations: state.revocations[link.name] ?? 0,
  };
}

function unlink(state: GatewayState, name: string): void {
  const service = state.services.get(name);
  if (service !== undefined) release(state, service.link);
  state.services.delete(name);
}

/** The content stays until the next list: whoever watches files does not read them again for a link that flaps. */
function release(state: GatewayState, link: LinkedService): void {
  for (const key of materialKeys(link.upstream)) {
    const name = materialName(key);
    const users = state.materialUsers.get(name);
    users?.delete(link.name);
    if (users?.size === 0) state.materialUsers.delete(name);
  }
}

/** Keys and certificates that were not used before this list and are not used after it. */
function forget(state: GatewayState, unused: readonly string[]): void {
  for (const name of unused) if (!state.materialUsers.has(name)) state.materials.delete(name);
}
