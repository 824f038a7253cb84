// The instances of one linked service and of its subsets, with their health. Servers evaluate the filters of subsets.

import type { Cancel } from "../../ports";
import type { Instance } from "../../snapshot/state";
import { startBlockingQuery } from "./blocking-query";
import { decodeInstances, decodeNodesOf, type LinkRow } from "./decode/catalog";
import type { Selection, Selections } from "./decode/resolver";
import type { NodeWatches } from "./node-watches";
import { nameOf, placeOf } from "./place";
import type { WatchPorts } from "./watch-ports";

/** What is known of the instances that one filter lets through. */
interface Filtered {
  /** Undefined before the first answer. */
  lists?: { readonly every: readonly Instance[]; readonly passing: readonly Instance[] };
  problem?: string;
}

/**
 * One watch per different filter. Nothing is told before each has answered or failed, so that a restart takes no subset
 * away; a subset whose filter never worked is left out and said. Sidecars of the service are not asked for: the gateway
 * is its proxy.
 */
export function startInstances(
  ports: WatchPorts & { readonly nodes?: NodeWatches },
  { link, isDestination }: LinkRow,
  selections: Selections,
): Cancel {
  const { http, emit, nodes } = ports;
  const service = link.name;
  const problem = (reason: string): void => emit({ kind: "problem", of: { kind: "instances", service }, reason });
  if (isDestination) {
    problem("it is a Destination of service-defaults, which is not served: register instances in the catalog");
    return () => undefined;
  }
  const { unnamed, subsets } = selections;
  const byFilter = new Map<string, Filtered>();
  for (const { filter } of [unnamed, ...subsets]) byFilter.set(filter, {});

  const listOf = ({ filter, onlyPassing }: Selection): readonly Instance[] | undefined =>
    byFilter.get(filter)?.lists?.[onlyPassing ? "passing" : "every"];

  const tell = (): void => {
    const all = [...byFilter.values()];
    const instances = listOf(unnamed);
    if (instances !== undefined && all.every((each) => each.lists !== undefined || each.problem !== undefined)) {
      const known = subsets.flatMap(({ name, ...selection }) => {
        const list = listOf(selection);
        return list === undefined ? [] : [{ name, instances: list }];
      });
      emit({ kind: "instances", service, instances, ...(subsets.length === 0 ? {} : { subsets: known }) });
    }
    const reasons = new Set(all.flatMap((each) => (each.problem === undefined ? [] : [each.problem])));
    if (reasons.size > 0) problem([...reasons].join("; "));
  };

  const watch = (filter: string, state: Filtered): Cancel =>
    startBlockingQuery(http, ports, {
      path: `/v1/health/service/${encodeURIComponent(nameOf(service))}`,
      params: { ...placeOf(service, ports.enterprise), ...(filter === "" ? {} : { filter }) },
      decode: (body) => ({
        lists: { every: decodeInstances(body), passing: decodeInstances(body, true) },
        on: decodeNodesOf(body),
      }),
      ...(nodes === undefined ? {} : { wakeBy: (wake) => nodes.onChange(nameOf(service), wake) }),
      what: filter === "" ? "instances" : `instances of the filter ${JSON.stringify(filter)}`,
      right: `service:read on "${service}" and node:read on its nodes`,
      onAnswer({ value: { lists, on }, filtered }) {
        state.lists = lists;
        if (filter === unnamed.filter) nodes?.seen(nameOf(service), on);
        delete state.problem;
        // Old servers never say that they filtered, so an empty list stays open to both readings.
        if (filtered) state.problem = `instances are hidden: token lacks node:read on nodes of "${service}"`;
        else if (lists.every.length === 0 && filter === unnamed.filter) {
          state.problem = "no instance to be seen: none is registered, or the token lacks node:read";
        }
        tell();
      },
      onProblem(reason) {
        state.problem = reason;
        tell();
      },
    });

  const stops = [...byFilter].map(([filter, state]) => watch(filter, state));
  return () => {
    for (const stop of stops) stop();
  };
}
