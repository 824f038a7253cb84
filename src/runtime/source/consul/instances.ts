// The instances of one linked service with their health.

import type { Cancel } from "../../ports";
import { startBlockingQuery } from "./blocking-query";
import { decodeInstances, type LinkRow } from "./decode/catalog";
import { nameOf, placeOf } from "./place";
import type { WatchPorts } from "./watch-ports";

/** Sidecars of the service are not asked for: the gateway is its proxy. */
export function startInstances(ports: WatchPorts, { link, isDestination }: LinkRow): Cancel {
  const { http, emit } = ports;
  const service = link.name;
  const problem = (reason: string): void => emit({ kind: "problem", of: { kind: "instances", service }, reason });
  if (isDestination) {
    problem("it is a Destination of service-defaults, which is not served: register instances in the catalog");
    return () => undefined;
  }
  return startBlockingQuery(http, ports, {
    path: `/v1/health/service/${encodeURIComponent(nameOf(service))}`,
    params: placeOf(service, ports.enterprise),
    decode: decodeInstances,
    what: "instances",
    right: `service:read on "${service}" and node:read on its nodes`,
    onAnswer({ value, filtered }) {
      emit({ kind: "instances", service, instances: value });
      // Old servers never say that they filtered, so an empty list stays open to both readings.
      if (filtered) problem(`instances are hidden: token lacks node:read on nodes of "${service}"`);
      else if (value.length === 0) problem("no instance to be seen: none is registered, or the token lacks node:read");
    },
    onProblem: problem,
  });
}
