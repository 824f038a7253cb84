// All published resources and who owns each: a service, the gateway, a file. A change costs its own resources only.

import type { Change, Resource, ResourceRef, ResourceType, ResourceView } from "./resource";

interface Owned {
  readonly resource: Resource;
  readonly owner: string;
}

export class ResourceStore implements ResourceView {
  private readonly byType: Readonly<Record<ResourceType, Map<string, Owned>>> = {
    cluster: new Map(),
    endpoint: new Map(),
    secret: new Map(),
    extension: new Map(),
    listener: new Map(),
  };
  private readonly byOwner = new Map<string, readonly Resource[]>();

  /** Why the owner cannot have these resources, or undefined when it can: a name belongs to another owner. */
  conflict(owner: string, resources: readonly Resource[]): string | undefined {
    for (const { type, name } of resources) {
      const other = this.byType[type].get(name)?.owner;
      if (other !== undefined && other !== owner) return `${type} ${name} belongs to ${other}, not ${owner}`;
    }
    return undefined;
  }

  /**
   * These are now the owner's resources, all of them. Equal bytes are no change.
   * Throws when another owner has a resource of the same name: names are made from their owners.
   */
  replace(owner: string, resources: readonly Resource[]): Change {
    const conflict = this.conflict(owner, resources);
    if (conflict !== undefined) throw new Error(conflict);
    const before = this.byOwner.get(owner) ?? [];
    const upserted: ResourceRef[] = [];
    for (const resource of resources) {
      const { type, name, version } = resource;
      if (this.byType[type].get(name)?.resource.version === version) continue;
      this.byType[type].set(name, { resource, owner });
      upserted.push({ type, name });
    }
    const gone = before.filter((old) => !resources.some(({ type, name }) => type === old.type && name === old.name));
    this.byOwner.set(owner, resources);
    return { upserted, removed: this.take(gone) };
  }

  /** Takes all of an owner's resources away; an unknown owner is no change. */
  remove(owner: string): Change {
    const gone = this.byOwner.get(owner) ?? [];
    this.byOwner.delete(owner);
    return { upserted: [], removed: this.take(gone) };
  }

  get({ type, name }: ResourceRef): Resource | undefined {
    return this.byType[type].get(name)?.resource;
  }

  names(type: ResourceType): Iterable<string> {
    return this.byType[type].keys();
  }

  /** Whether something of this owner is published. */
  owns(owner: string): boolean {
    return this.byOwner.has(owner);
  }

  ownerOf({ type, name }: ResourceRef): string | undefined {
    return this.byType[type].get(name)?.owner;
  }

  private take(resources: readonly Resource[]): readonly ResourceRef[] {
    for (const { type, name } of resources) this.byType[type].delete(name);
    return resources.map(({ type, name }) => ({ type, name }));
  }
}

/** Each ref once, by what happened last. */
export function mergeChanges(changes: readonly Change[]): Change {
  const upserted = new Map<string, ResourceRef>();
  const removed = new Map<string, ResourceRef>();
  const keyOf = (ref: ResourceRef): string => `${ref.type} ${ref.name}`;
  for (const change of changes) {
    for (const ref of change.upserted) {
      upserted.set(keyOf(ref), ref);
      removed.delete(keyOf(ref));
    }
    for (const ref of change.removed) {
      removed.set(keyOf(ref), ref);
      upserted.delete(keyOf(ref));
    }
  }
  return { upserted: [...upserted.values()], removed: [...removed.values()] };
}
