// The one owner of GatewayState: event → reduce → build what is dirty → store → publish. Everything it calls is pure
// but the ports that are passed in. One thing happens at a time: events queue, a flush takes them all.

import { makeMoments } from "./moments";
import type { Clock, Logger } from "./ports";
import { snapshotOf } from "./snapshot/readiness";
import { makeState, materialName, reduce } from "./snapshot/reduce";
import type { GatewayState, MaterialKey, WatchEvent } from "./snapshot/state";
import { wantedMaterials } from "./snapshot/wanted";
import { buildGateway, buildMaterial, buildService } from "./xds/build";
import type { Change, ResourceRef } from "./xds/resource";
import { mergeChanges, ResourceStore } from "./xds/store";

/** A lone change is published at once; under churn at most one publication per this many milliseconds. */
const COALESCE_MS = 20;

/** Owners in the store beside the services, whose keys hold no space. */
const GATEWAY = "the gateway";
const MATERIAL = "the material ";
const NO_CHANGE: Change = { upserted: [], removed: [] };

export interface ServiceStatus {
  readonly name: string;
  readonly state: "ready" | "waiting";
  /** Why it waits, or what is wrong although the last good state serves. */
  readonly reason?: string;
}

export interface LoopOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Revocation counters of an earlier life, by service, so that a restart drains nothing. */
  readonly revocations?: Readonly<Record<string, number>>;
  readonly publish: (change: Change) => void;
  readonly watchMaterials: (keys: readonly MaterialKey[]) => void;
  readonly saveRevocations: (revocations: Readonly<Record<string, number>>) => void;
}

export interface Loop {
  readonly store: ResourceStore;
  readonly state: GatewayState;
  post(event: WatchEvent): void;
  /** Envoy refused these resources: shown as the reason of the services that own them until their content changes. */
  refused(refs: readonly ResourceRef[], detail: string): void;
  status(): readonly ServiceStatus[];
  /** Resolves when every linked service is ready, or waits for somebody to mend something; at the latest after `ms`. */
  settled(ms: number): Promise<void>;
  /** As settled(), and as soon as there is something to serve. */
  begun(ms: number): Promise<void>;
  stop(): void;
}

export function startLoop(options: LoopOptions): Loop {
  const { clock, log } = options;
  const store = new ResourceStore();
  const state = makeState(options.revocations ?? {});
  const statuses = new Map<string, ServiceStatus>();
  const refusals = new Map<string, string>();
  /** Services that wait for somebody to mend something. */
  const stuck = new Set<string>();
  const moments = makeMoments(clock);
  const queue: WatchEvent[] = [];
  let wanted = new Set<string>();
  let lastFlushMs = Number.NEGATIVE_INFINITY;
  let cancelFlush: (() => void) | undefined;

  const say = (next: ServiceStatus, isStuck = false): void => {
    const before = statuses.get(next.name);
    statuses.set(next.name, next);
    if (before?.state === next.state && before.reason === next.reason) return;
    const fields = { service: next.name, ...(next.reason === undefined ? {} : { reason: next.reason }) };
    // A new service waits for a moment as a matter of course, first for this and then for that.
    if (next.state === "waiting") log[isStuck ? "warn" : "debug"]("service waits", fields);
    else if (next.reason === undefined) log.info("service ready", fields);
    else log.warn("service keeps its last good state", fields);
  };

  /** What was published before goes on serving: a service that waits again (a new certificate path, say) loses nothing. */
  const hold = (name: string, reason: string, isStuck: boolean): Change => {
    if (isStuck) stuck.add(name);
    say({ name, state: store.owns(name) ? "ready" : "waiting", reason }, isStuck);
    return NO_CHANGE;
  };

  const buildOne = (name: string): Change => {
    const result = snapshotOf(state, name);
    stuck.delete(name);
    if ("waiting" in result) return hold(name, result.waiting, result.isStuck);
    const built = buildService(result.ready);
    if ("problem" in built) return hold(name, built.problem, true);
    const taken = store.conflict(name, built.resources);
    if (taken !== undefined) return hold(name, taken, true);
    const change = store.replace(name, built.resources);
    if (change.upserted.length > 0) refusals.delete(name);
    const reason = refusals.get(name) ?? result.problem;
    say({ name, state: "ready", ...(reason === undefined ? {} : { reason }) });
    return change;
  };

  const flush = (): void => {
    cancelFlush = undefined;
    lastFlushMs = clock.now();
    const events = queue.splice(0);
    const services = new Set<string>();
    const materials = new Map<string, MaterialKey>();
    const changes: Change[] = [];
    let gateway = false;
    let linked = false;
    let revoked = false;
    for (const event of events) {
      const dirty = reduce(state, event, lastFlushMs);
      for (const name of dirty.services) services.add(name);
      for (const key of dirty.materials) materials.set(materialName(key), key);
      for (const name of dirty.removed) {
        services.delete(name);
        statuses.delete(name);
        refusals.delete(name);
        stuck.delete(name);
        changes.push(store.remove(name));
        log.info("service unlinked", { service: name });
      }
      gateway ||= dirty.gateway;
      linked ||= event.kind === "links";
      revoked ||= dirty.revoked;
    }
    const { identity, roots } = state;
    if (gateway && identity.at === "here") {
      const trust = roots.at === "here" ? roots.value : undefined;
      changes.push(store.replace(GATEWAY, buildGateway(identity.value, trust)));
    }
    for (const [name, key] of materials) {
      const loaded = state.materials.get(name);
      if (loaded?.at === "here") changes.push(store.replace(MATERIAL + name, [buildMaterial(key, loaded.value)]));
    }
    for (const name of services) changes.push(buildOne(name));
    // Only links name files; looking costs all services.
    if (linked) syncMaterials(changes);
    if (revoked) options.saveRevocations(revocationsOf(state));
    const change = mergeChanges(changes);
    if (change.upserted.length + change.removed.length > 0) options.publish(change);
    moments.look();
  };

  /** Watches exactly what is used; a file that nobody names any more takes its secret with it. */
  const syncMaterials = (changes: Change[]): void => {
    const keys = wantedMaterials(state);
    const names = new Set(keys.map(materialName));
    if (names.size === wanted.size && [...names].every((name) => wanted.has(name))) return;
    for (const name of wanted) if (!names.has(name)) changes.push(store.remove(MATERIAL + name));
    wanted = names;
    options.watchMaterials(keys);
  };

  const isSettled = (): boolean =>
    state.linksAnswered &&
    [...state.services.keys()].every((name) => statuses.get(name)?.state === "ready" || stuck.has(name));

  return {
    ...{ store, state },
    post(event) {
      queue.push(event);
      if (cancelFlush !== undefined) return;
      // Never longer than the coalescing time, also where the clock was set back.
      const waitMs = Math.min(COALESCE_MS, Math.max(0, lastFlushMs + COALESCE_MS - clock.now()));
      cancelFlush = clock.setTimer(waitMs, flush);
    },
    refused(refs, detail) {
      const owners = new Set(refs.map((ref) => store.ownerOf(ref)).filter((name) => name !== undefined));
      for (const name of owners) {
        if (!state.services.has(name)) continue;
        refusals.set(name, `Envoy refused it: ${detail}`);
        say({ name, state: "ready", reason: `Envoy refused it: ${detail}` });
      }
    },
    status: () => [...statuses.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    settled: (ms) => moments.until(isSettled, ms),
    begun: (ms) => moments.until(() => isSettled() || [...state.services.keys()].some((name) => store.owns(name)), ms),
    stop() {
      cancelFlush?.();
      moments.stop();
    },
  };
}

function revocationsOf(state: GatewayState): Readonly<Record<string, number>> {
  return Object.fromEntries([...state.services].map(([name, service]) => [name, service.revocations]));
}
