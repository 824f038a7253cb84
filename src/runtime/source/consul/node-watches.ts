// Where connections are fewer than services each service's own query gets its turn only every few seconds. External services
// live on few nodes: these are watched instead, and what changes there wakes the queries of the services concerned.

import type { Cancel } from "../../ports";
import { startBlockingQuery } from "./blocking-query";
import { decodeNodeChecks, decodeNodeNames, decodeNodeServices, type NodeMarks } from "./decode/node";
import { ConsulError } from "./errors";
import type { WatchPorts } from "./watch-ports";

/** Two connections each, beside those of the services. */
export const MOST_NODES = 16;
/** Answers of many services come together. */
const SETTLE_MS = 500;
/** Consul's convention for nodes without an agent. */
const EXTERNAL = "external-node:true";

export interface NodeWatches {
  /** Where the service has instances now. */
  seen(service: string, nodes: readonly string[]): void;
  /** `wake` is called when something about the service may have changed. */
  onChange(service: string, wake: () => void): Cancel;
  stop(): void;
}

/** Idle where every query has a connection, where nodes are too many, and on Enterprise, whose names are not unique. */
export function startNodeWatches(ports: WatchPorts): NodeWatches {
  const { http, clock, log } = ports;
  const nodesOf = new Map<string, readonly string[]>();
  const wakes = new Map<string, Set<() => void>>();
  const watches = new Map<string, Cancel>();
  let stopList: Cancel | undefined;
  let cancel: Cancel | undefined;
  let stopped = false;

  const wake = (service: string): void => {
    for (const each of wakes.get(service) ?? []) each();
  };
  /** `node` itself changed: that concerns all that it carries. */
  const changed = (node: string, services: Iterable<string>): void => {
    for (const service of services) {
      if (service !== "") wake(service);
      else for (const [name, nodes] of nodesOf) if (nodes.includes(node)) wake(name);
    }
  };
  const onProblem = (reason: string): void => log.debug("node not watched", { reason });

  const watchNode = (node: string): Cancel => {
    const watch = (kind: "catalog" | "health", decode: (body: unknown) => NodeMarks): Cancel => {
      let before: ReadonlyMap<string, string> | undefined;
      return startBlockingQuery(http, ports, {
        ...{ path: `/v1/${kind}/node/${encodeURIComponent(node)}`, decode, priority: true, onProblem },
        ...{ what: `node "${node}"`, right: `node:read on "${node}"` },
        onAnswer({ value }) {
          const now = new Map(value);
          const names = new Set([...(before?.keys() ?? []), ...now.keys()]);
          if (before !== undefined)
            changed(
              node,
              [...names].filter((name) => before?.get(name) !== now.get(name)),
            );
          before = now;
        },
      });
    };
    const stops = [watch("catalog", decodeNodeServices), watch("health", decodeNodeChecks)];
    return () => {
      for (const stop of stops) stop();
    };
  };

  /** A node that has just come may carry more instances of services that we know. */
  const look = async (node: string): Promise<void> => {
    try {
      const { body } = await http.get({ path: `/v1/catalog/node/${encodeURIComponent(node)}`, priority: true });
      if (!stopped)
        changed(
          node,
          decodeNodeServices(body).map(([service]) => service),
        );
    } catch (error) {
      if (error instanceof ConsulError) onProblem(error.message);
    }
  };

  const watchList = (): Cancel => {
    let before: ReadonlySet<string> | undefined;
    return startBlockingQuery(http, ports, {
      ...{ path: "/v1/catalog/nodes", params: { "node-meta": EXTERNAL }, decode: decodeNodeNames, priority: true },
      ...{ what: "external nodes", right: "node:read", onProblem },
      onAnswer({ value }) {
        for (const node of before === undefined ? [] : value) if (before?.has(node) === false) void look(node);
        before = new Set(value);
      },
    });
  };

  const sync = (): void => {
    cancel = undefined;
    const nodes = new Set([...nodesOf.values()].flat());
    const wanted = http.isScarce() && nodes.size <= MOST_NODES ? nodes : new Set<string>();
    for (const [node, stop] of watches) {
      if (wanted.has(node)) continue;
      stop();
      watches.delete(node);
    }
    for (const node of wanted) if (!watches.has(node)) watches.set(node, watchNode(node));
    if (wanted.size > 0) stopList ??= watchList();
    else {
      stopList?.();
      stopList = undefined;
    }
  };
  const syncSoon = (): void => {
    if (!stopped && !ports.enterprise) cancel ??= clock.setTimer(SETTLE_MS, sync);
  };

  return {
    seen(service, nodes) {
      if (!wakes.has(service)) return;
      nodesOf.set(service, nodes);
      syncSoon();
    },
    onChange(service, call) {
      wakes.set(service, (wakes.get(service) ?? new Set()).add(call));
      return () => {
        const calls = wakes.get(service);
        calls?.delete(call);
        if (calls?.size !== 0) return;
        wakes.delete(service);
        nodesOf.delete(service);
        syncSoon();
      };
    },
    stop() {
      stopped = true;
      cancel?.();
      stopList?.();
      for (const stop of watches.values()) stop();
    },
  };
}
