// Names that only one place may have: ids of instances, and nodes with one address each.

import { defaultInstanceId, defaultNodeName, type Owner } from "../placement";
import type { InstanceProps, ServiceProps } from "../props";
import { DEFAULT_TENANCY } from "../service-name";
import { knownText } from "./instances";
import { type Draft, type Reading, report } from "./reading";

/** What is taken already, and where. */
export interface Claims {
  readonly names: Map<string, string>;
  readonly ids: Map<string, string>;
  readonly nodes: Map<string, { readonly address: unknown; readonly path: string }>;
}

export interface Place {
  readonly path: string;
  readonly reading: Reading;
  readonly claims: Claims;
}

export const noClaims = (): Claims => ({ names: new Map(), ids: new Map(), nodes: new Map() });

export type Named<S> = Draft<ServiceProps<S>> & { readonly name: string };

export const tenancyOf = ({ namespace }: { readonly namespace?: string }): { readonly namespace?: string } =>
  namespace === undefined ? {} : { namespace };

/** Takes the name of a service; reports it and returns false if it is taken. */
export function claimName<S>(owner: Owner, draft: Named<S>, { path, reading, claims }: Place): boolean {
  const key = `${draft.namespace ?? owner.namespace ?? DEFAULT_TENANCY}/${draft.name}`;
  const first = claims.names.get(key);
  if (first === undefined) {
    claims.names.set(key, path);
    return true;
  }
  const hint = "give its addresses as instances of one service, or rename one of them";
  report(reading, { path: `${path}.name`, got: `the name of ${first}`, allowed: "each service once", hint });
  return false;
}

/** Takes the ids and nodes of a service; reports those that are taken. */
export function claimPlaces<S>(owner: Owner, draft: Named<S>, place: Place): void {
  const single = draft.instances === undefined && draft.address !== undefined;
  const instances: readonly (Draft<InstanceProps<S>> | undefined)[] = single
    ? [{ address: draft.address } as Draft<InstanceProps<S>>]
    : (draft.instances ?? []);
  instances.forEach((instance, index) => {
    if (instance === undefined) return;
    const path = single ? place.path : `${place.path}.instances[${index}]`;
    claimId(owner, draft, { ...place, path, index, instance });
    if (instance.address !== undefined) claimNode(owner, draft, { ...place, path, index, instance });
  });
}

interface InstancePlace<S> extends Place {
  readonly index: number;
  readonly instance: Draft<InstanceProps<S>>;
}

function claimId<S>(owner: Owner, draft: Named<S>, { path, reading, claims, index, instance }: InstancePlace<S>): void {
  const id = instance.id ?? defaultInstanceId(draft.name, index);
  const key = `${draft.namespace ?? owner.namespace ?? DEFAULT_TENANCY}/${id}`;
  const first = claims.ids.get(key);
  if (first === undefined) claims.ids.set(key, path);
  else {
    const hint = "two registrations with one id overwrite each other: give one of them another id";
    const at = instance.id === undefined ? path : `${path}.id`;
    report(reading, { path: at, got: `the id "${id}" of ${first}`, allowed: "an id of its own", hint });
  }
}

function claimNode<S>(
  owner: Owner,
  draft: Named<S>,
  { path, reading, claims, index, instance }: InstancePlace<S>,
): void {
  const text = knownText(instance.address, reading);
  const named = { name: draft.name, ...tenancyOf(draft) };
  const node = instance.node ?? defaultNodeName(owner, named, { index, address: text });
  const address = text ?? instance.address;
  const first = claims.nodes.get(node);
  if (first === undefined) claims.nodes.set(node, { address, path });
  else if (first.address !== address) {
    const hint = "a node has one address: give one of them another node name, or write the address in the same way";
    const at = `${path}.${instance.node === undefined ? "address" : "node"}`;
    report(reading, {
      path: at,
      got: `the node "${node}" of ${first.path}`,
      allowed: "one address for each node",
      hint,
    });
  }
}
