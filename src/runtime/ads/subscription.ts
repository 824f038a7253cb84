// What one client asked for of one resource type on one stream. Pure. The rules are those of the xDS protocol
// (envoyproxy.io, "xDS REST and gRPC protocol"), each cited where it is applied.

import type { ResourceType } from "../xds/resource";

export interface Subscription {
  /** False until the first request of this type. */
  started: boolean;
  wildcard: boolean;
  /** Names asked for one by one, beside the wildcard or without it. */
  readonly names: Set<string>;
}

/** What a request did to a subscription. */
export interface SubscriptionChange {
  /** First request of this type on the stream. */
  readonly first: boolean;
  /** `*` was asked for: everything must be answered. */
  readonly wildcard: boolean;
  /** Names that must be answered, even when the client is known to hold their version. */
  readonly answer: readonly string[];
  /** Names that the client has no interest in any more. */
  readonly dropped: readonly string[];
}

const WILDCARD = "*";

/** Types whose empty first request means "everything"; of the others it means "nothing" ("How the client specifies what resources to return"). */
const LEGACY_WILDCARD: ReadonlySet<ResourceType> = new Set<ResourceType>(["cluster", "listener"]);

export function makeSubscription(): Subscription {
  return { started: false, wildcard: false, names: new Set() };
}

export function isSubscribed(subscription: Subscription, name: string): boolean {
  return subscription.wildcard || subscription.names.has(name);
}

/** Applies the subscribe and unsubscribe lists of one request, in place. */
export function applySubscription(
  subscription: Subscription,
  type: ResourceType,
  lists: { readonly subscribe: readonly string[]; readonly unsubscribe: readonly string[] },
): SubscriptionChange {
  const first = !subscription.started;
  subscription.started = true;
  const answer = new Set<string>();
  const dropped: string[] = [];

  // Unsubscribe first: a name in both lists is then answered once too often instead of never.
  // Names never asked for are legal here ("Unsubscribing from resources").
  if (lists.unsubscribe.includes(WILDCARD)) subscription.wildcard = false;
  for (const name of lists.unsubscribe) {
    if (name === WILDCARD || !subscription.names.delete(name)) continue;
    // The wildcard still covers it: the client needs the resource, or its removal, to know ("Unsubscribing from resources").
    if (subscription.wildcard) answer.add(name);
    else dropped.push(name);
  }

  // Only the very first request of a type can mean the wildcard by being empty; a client that never named anything
  // keeps it when it names something later, until it unsubscribes from `*` ("Wildcard subscriptions", incremental).
  const legacy = first && lists.subscribe.length === 0 && LEGACY_WILDCARD.has(type);
  const wildcard = legacy || lists.subscribe.includes(WILDCARD);
  if (wildcard) subscription.wildcard = true;
  for (const name of lists.subscribe) {
    if (name === WILDCARD) continue;
    subscription.names.add(name);
    // Answer even if we sent it before: the client may have dropped it (DeltaDiscoveryRequest.resource_names_subscribe).
    answer.add(name);
  }
  return { first, wildcard, answer: [...answer], dropped: dropped.filter((name) => !subscription.names.has(name)) };
}
