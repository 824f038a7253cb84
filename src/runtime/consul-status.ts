// What the status says of Consul itself: whether a server answers, and what serves where none has. Pure.

import type { Contact } from "./source/consul/servers";
import type { Serves } from "./source/consul/stand-in";
import type { ConsulStatus } from "./status/view";

/** @param serves the state on disk, while it stands in */
export function consulStatus(contact: Contact, serves: Serves | undefined): ConsulStatus {
  const time = (ms: number): string => new Date(ms).toISOString();
  return {
    state: contact.state,
    ...(contact.state === "away" ? { since: time(contact.sinceMs), reason: contact.reason } : {}),
    ...(serves && { lastGood: { of: time(serves.ofMs), since: time(serves.sinceMs) } }),
  };
}
