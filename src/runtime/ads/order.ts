// In which order resource types are sent, as tables. Pure.

import type { ResourceType } from "../xds/resource";

/**
 * Make before break (xDS protocol, "Eventual consistency considerations"): what is referred to comes before what
 * refers to it. Secrets, endpoints and extensions wait for nothing: Envoy withholds the ACK of a cluster until that
 * cluster's secrets and endpoints are there, and a listener's children are asked for only when it has arrived.
 */
export const SEND_ORDER: readonly ResourceType[] = ["cluster", "endpoint", "secret", "extension", "listener"];

/** Types whose resources are removed by name. Of the others Envoy forgets what it no longer uses by unsubscribing. */
export const REMOVABLE: ReadonlySet<ResourceType> = new Set<ResourceType>(["cluster", "listener"]);

/** Parents, whose children are sent again with them. */
export const PARENTS: readonly ResourceType[] = ["cluster", "listener"];
