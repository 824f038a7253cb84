// What plan items of one gateway share: tenancy and keys.

import type { ServiceModel } from "./gateway";
import { foreignNamespace } from "./placement";

/** What services inherit from their gateway. */
export interface PlanContext {
  readonly namespace?: string;
  readonly partition?: string;
}

/** Public contract: a changed key replaces infrastructure. */
export function keyOf(kind: string, name: string, service: ServiceModel<unknown>, context: PlanContext): string {
  const namespace = foreignNamespace(service, context);
  return namespace === undefined ? `${kind}-${name}` : `${kind}-${name}@${namespace}`;
}

/** Only what the user gave: the community server refuses any namespace and any partition, `default` included. */
export function tenancyOf(service: ServiceModel<unknown>, context: PlanContext): PlanContext {
  const namespace = service.namespace ?? context.namespace;
  return { ...(namespace === undefined ? {} : { namespace }), ...partitionOf(context) };
}

export function partitionOf({ partition }: PlanContext): { readonly partition?: string } {
  return partition === undefined ? {} : { partition };
}

/** Every service under its own name: proxy-defaults may give `tcp` services another protocol. `*` cannot have an entry. */
export const hasDefaults = ({ name }: ServiceModel<unknown>): boolean => name !== "*";

/** An entry without sources is refused by the server. */
export const hasIntentions = ({ intentions }: ServiceModel<unknown>): boolean => intentions.length > 0;
