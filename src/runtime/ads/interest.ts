// What the subscriptions of one request, and what the client says that it holds, mean for a ledger. Pure.

import type { ResourceView } from "../xds/resource";
import { claim, force, forget, type Ledger, mark } from "./ledger";
import { REMOVABLE } from "./order";
import type { DeltaRequest } from "./protocol";
import { release } from "./quarantine";
import { applySubscription } from "./subscription";

interface Turn {
  readonly ledger: Ledger;
  readonly moment: number;
  readonly view: ResourceView;
  readonly complete: boolean;
}

/** Marks what the request makes the client's due, in place. */
export function subscribe({ ledger, moment, view, complete }: Turn, request: DeltaRequest): void {
  const { type, subscription } = ledger;
  const claims = Object.entries(request.initialResourceVersions ?? {});
  const change = applySubscription(subscription, type, {
    subscribe: request.resourceNamesSubscribe ?? [],
    unsubscribe: request.resourceNamesUnsubscribe ?? [],
  });
  if (change.first) {
    for (const [name, version] of claims) claim(ledger, name, version);
    ledger.resumed = claims.length > 0;
    ledger.owesAnswer = REMOVABLE.has(type) && !ledger.resumed;
  }
  // No consumer of these is left in the client.
  if (type === "secret") release(ledger, change.dropped, view);
  for (const name of change.dropped) forget(ledger, name, view.get({ type, name }) !== undefined);
  if (change.wildcard) {
    for (const name of view.names(type)) (change.first ? mark : force)(ledger, name, moment);
    // Held names that no longer exist must be named as removed.
    if (complete) for (const [name] of claims) mark(ledger, name, moment);
  }
  for (const name of change.answer) {
    // A client that comes back is sent differences only, and what its changed parents had not been given yet.
    const isSettled = change.first && ledger.claimed.has(name) && !ledger.quarantine.owed.has(name);
    (isSettled ? mark : force)(ledger, name, moment);
  }
}
