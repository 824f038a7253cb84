// One event into the state, in place, and what must be built anew because of it. Leaves and file contents are verified
// before they are stored; whatever fails leaves the last good value in place with the reason beside it.

import { fullNameOf, spiffeUri } from "./identity";
import { reduceLinks } from "./links";
import { materialName } from "./materials";
import { takesAccess } from "./revoked";
import type {
  GatewayIdentity,
  GatewayState,
  Leaf,
  Loaded,
  Material,
  MaterialKey,
  ServiceState,
  WatchEvent,
} from "./state";
import { verifyLeaf, verifyMaterial } from "./verify";

export { materialName } from "./materials";

/** What to build again. `revoked`: a revocation counter has grown and is worth keeping. */
export interface Dirty {
  readonly services: readonly string[];
  readonly materials: readonly MaterialKey[];
  readonly gateway: boolean;
  readonly removed: readonly string[];
  readonly revoked: boolean;
}

export const CLEAN: Dirty = { services: [], materials: [], gateway: false, removed: [], revoked: false };

/** A state that waits for everything. @param revocations counters of an earlier life, by service */
export function makeState(revocations: Readonly<Record<string, number>> = {}): GatewayState {
  return {
    identity: { at: "waiting" },
    roots: { at: "waiting" },
    linksProblem: undefined,
    linksAnswered: false,
    services: new Map(),
    materials: new Map(),
    materialUsers: new Map(),
    revocations,
  };
}

/** Applies one event. Late answers about services and files that nobody uses any more change nothing. */
export function reduce(state: GatewayState, event: WatchEvent, nowMs: number): Dirty {
  switch (event.kind) {
    case "identity":
      return reduceIdentity(state, event.identity, nowMs);
    case "roots": {
      const before = state.roots;
      state.roots = here(event.bundle);
      if (before.at === "waiting" || before.value.trustDomain !== event.bundle.trustDomain) verifyAgain(state, nowMs);
      return { ...CLEAN, services: [...state.services.keys()], gateway: true };
    }
    case "links":
      return { ...CLEAN, ...reduceLinks(state, event.links) };
    case "instances":
      return change(state, event.service, { instances: here(event.instances), subsets: event.subsets ?? [] });
    case "config":
      return change(state, event.service, { config: here(event.config) });
    case "intentions":
      return reduceIntentions(state, event);
    case "leaf":
      return change(state, event.service, { leaf: verified(state, event.service, event.leaf, nowMs) });
    case "material":
      return reduceMaterial(state, event, nowMs);
    case "problem":
      return reduceProblem(state, event);
  }
}

function reduceIdentity(state: GatewayState, identity: GatewayIdentity, nowMs: number): Dirty {
  const before = state.identity;
  state.identity = here(identity);
  if (before.at === "waiting" || before.value.datacenter !== identity.datacenter) verifyAgain(state, nowMs);
  return { ...CLEAN, services: [...state.services.keys()], gateway: true };
}

function reduceIntentions(state: GatewayState, event: WatchEvent & { readonly kind: "intentions" }): Dirty {
  const service = state.services.get(event.service);
  if (service === undefined) return CLEAN;
  const { intentions, config, revocations } = service;
  const { namespace, partition } = fullNameOf(event.service);
  const drains = config.at === "here" && config.value.protocol === "tcp" && config.value.onRevoke === "drain";
  const revoked =
    drains && intentions.at === "here" && takesAccess(intentions.value, event.set, { namespace, partition });
  const dirty = change(state, event.service, {
    intentions: here(event.set),
    revocations: revoked ? revocations + 1 : revocations,
  });
  return { ...dirty, revoked };
}

function reduceMaterial(
  state: GatewayState,
  { key, material }: WatchEvent & { readonly kind: "material" },
  nowMs: number,
): Dirty {
  const name = materialName(key);
  const users = state.materialUsers.get(name);
  if (users === undefined) return CLEAN;
  const before = state.materials.get(name) ?? { at: "waiting" };
  const problem = verifyMaterial(material, nowMs);
  if (problem !== undefined) return setMaterial(state, name, { ...before, problem });
  // A rotation is one secret: its users are built again only where that changes what is said of them.
  const dirty = setMaterial(state, name, here(material));
  return {
    ...dirty,
    services: before.at === "here" && before.problem === undefined ? [] : [...users],
    materials: [key],
  };
}

/** A watch that fails again and again for the same reason dirties nothing: it may concern every service. */
function reduceProblem(state: GatewayState, { of, reason }: WatchEvent & { readonly kind: "problem" }): Dirty {
  switch (of.kind) {
    case "identity":
    case "roots": {
      if (state[of.kind].problem === reason) return CLEAN;
      if (of.kind === "identity") state.identity = { ...state.identity, problem: reason };
      else state.roots = { ...state.roots, problem: reason };
      return { ...CLEAN, services: [...state.services.keys()] };
    }
    case "links":
      if (state.linksProblem === reason) return CLEAN;
      state.linksProblem = reason;
      return { ...CLEAN, services: [...state.services.keys()] };
    case "material": {
      const name = materialName(of.material);
      if (!state.materialUsers.has(name)) return CLEAN;
      return setMaterial(state, name, { ...(state.materials.get(name) ?? { at: "waiting" }), problem: reason });
    }
    default: {
      const service = state.services.get(of.service);
      if (service === undefined) return CLEAN;
      return change(state, of.service, { [of.kind]: { ...service[of.kind], problem: reason } });
    }
  }
}

/** Stores what is known of a file; its users' status depends on it. */
function setMaterial(state: GatewayState, name: string, loaded: Loaded<Material>): Dirty {
  state.materials.set(name, loaded);
  return { ...CLEAN, services: [...(state.materialUsers.get(name) ?? [])] };
}

function change(state: GatewayState, name: string, part: Partial<ServiceState>): Dirty {
  const service = state.services.get(name);
  if (service === undefined) return CLEAN;
  state.services.set(name, { ...service, ...part });
  return { ...CLEAN, services: [name] };
}

function here<T>(value: T): Loaded<T> {
  return { at: "here", value };
}

/** A leaf that came before what it is checked against is kept as it is and checked when that is here. */
function verified(state: GatewayState, name: string, leaf: Leaf, nowMs: number): Loaded<Leaf> {
  const before: Loaded<Leaf> = state.services.get(name)?.leaf ?? { at: "waiting" };
  if (state.identity.at === "waiting" || state.roots.at === "waiting") return here(leaf);
  const uri = spiffeUri(fullNameOf(name), state.identity.value.datacenter, state.roots.value.trustDomain);
  const problem = verifyLeaf(leaf, uri, state.roots.value, nowMs);
  return problem === undefined ? here(leaf) : { ...before, problem };
}

/**
 * After a change of what leaves are checked against: one that no longer fits is dropped, as it names somebody else. What is
 * wrong with getting a newer one stays wrong.
 */
function verifyAgain(state: GatewayState, nowMs: number): void {
  for (const [name, service] of state.services) {
    if (service.leaf.at === "waiting") continue;
    const { value, problem } = service.leaf;
    state.services.set(name, { ...service, leaf: { at: "waiting" } });
    const leaf = verified(state, name, value, nowMs);
    change(state, name, { leaf: { ...(problem !== undefined && { problem }), ...leaf } });
  }
}
