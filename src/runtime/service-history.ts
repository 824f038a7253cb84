// What happened to each service since the start: when what is served of it changed, and what Envoy refused.

import type { Past } from "./status/view";
import type { Change, ResourceRef } from "./xds/resource";

export class ServiceHistory {
  private readonly past = new Map<string, Past>();

  /** `ownerOf` names the service of a resource, or what else owns it. */
  constructor(private readonly ownerOf: (ref: ResourceRef) => string | undefined) {}

  of(service: string): Past {
    return this.past.get(service) ?? {};
  }

  published({ upserted }: Change, nowMs: number): void {
    for (const owner of this.ownersOf(upserted)) this.past.set(owner, { ...this.of(owner), changedAtMs: nowMs });
  }

  refused(refs: readonly ResourceRef[], detail: string): void {
    for (const ref of refs) {
      const owner = this.ownerOf(ref);
      if (owner === undefined) continue;
      const past = this.of(owner);
      this.past.set(owner, { ...past, nacks: (past.nacks ?? 0) + 1, lastNack: detail });
    }
  }

  private ownersOf(refs: readonly ResourceRef[]): ReadonlySet<string> {
    return new Set(refs.map((ref) => this.ownerOf(ref)).filter((owner) => owner !== undefined));
  }
}
