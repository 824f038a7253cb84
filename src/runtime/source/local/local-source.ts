// The manifest as catalog and the embedded CA as Consul's: everything a Consul server would say, as the same events.

import type { GatewayModel, ServiceModel } from "../../../model/gateway";
import { given } from "../../../model/given";
import { connectTimeoutOf } from "../../../model/proxy-config/read";
import { formatServiceName } from "../../../model/service-name";
import type { Clock, Logger, Random } from "../../ports";
import { fullNameOf, spiffeUri } from "../../snapshot/identity";
import type { GatewayIdentity, LinkedService, ServiceConfig, WatchEvent } from "../../snapshot/state";
import type { Authority } from "./authority";
import { startLeaves } from "./leaves";

export interface LocalSourceOptions {
  readonly model: GatewayModel;
  readonly authority: Authority;
  readonly emit: (event: WatchEvent) => void;
  readonly clock: Clock;
  readonly log: Logger;
  /** Spreads renewals. @default Math.random */
  readonly random?: Random;
  /** What the gateway's options make of a declaration. @default - its bind, and nothing else */
  readonly optionsOf?: (model: GatewayModel) => LocalOptions;
}

export interface LocalOptions {
  readonly identity: Pick<GatewayIdentity, "binds" | "tls" | "accessLogs" | "traced">;
  /** Of services that say nothing themselves. */
  readonly service: Partial<ServiceConfig>;
}

export interface LocalSource {
  /** A new declaration: only what differs from the last one is emitted. */
  apply(model: GatewayModel): void;
  stop(): void;
}

const WILDCARD = "the wildcard link * is ignored: without Consul there is no catalog to expand it from";

export function startLocalSource(options: LocalSourceOptions): LocalSource {
  const { authority, emit, clock, log, random = Math.random, optionsOf = bindAlone } = options;
  /** JSON of what was emitted last, by slot. */
  let said = new Map<string, string>();
  const leaves = startLeaves({ authority, clock, random, emit });
  const unsubscribe = authority.onRotated((bundle) => emit({ kind: "roots", bundle }));

  const apply = (model: GatewayModel): void => {
    const before = said;
    said = new Map();
    const say = (event: WatchEvent, mark = ""): boolean => {
      const slot = "service" in event ? `${event.kind} ${event.service}` : event.kind;
      const text = JSON.stringify(event) + mark;
      said.set(slot, text);
      if (before.get(slot) === text) return false;
      emit(event);
      return true;
    };
    const services = model.services.filter((service) => service.name !== "*");
    const wildcard = services.length < model.services.length;
    const { identity, service: base } = optionsOf(model);
    say({ kind: "identity", identity: { ...placeOf(model), ...identity } });
    // The mark: a problem lasts until the next links event, so a wildcard that comes or goes needs one.
    const links = services.map((service) => linkOf(model, service));
    if (say({ kind: "links", links }, wildcard ? "*" : "") && wildcard) {
      log.warn("wildcard link ignored", { gateway: model.name, reason: WILDCARD });
      emit({ kind: "problem", of: { kind: "links" }, reason: WILDCARD });
    }
    for (const service of services) for (const event of eventsOf(model, service, base)) say(event);
    const keys = services.map((service) => keyOf(model, service));
    leaves.want(
      keys.map((key) => ({
        service: key,
        uri: spiffeUri(fullNameOf(key), model.datacenter, authority.trustDomain),
      })),
    );
  };

  emit({ kind: "roots", bundle: authority.bundle() });
  apply(options.model);
  return {
    apply,
    stop() {
      unsubscribe();
      leaves.stop();
    },
  };
}

/** What a catalog and its config entries say of one service. Declared instances are taken to be healthy. */
function eventsOf(model: GatewayModel, service: ServiceModel, base: Partial<ServiceConfig>): readonly WatchEvent[] {
  const key = keyOf(model, service);
  const { protocol, requestTimeoutMs, idleTimeoutMs, maxConnections, onRevoke } = service;
  // Every manifest spells its defaults out; what everybody has is no wish of this service's.
  const isOwn = service.connectTimeoutMs !== connectTimeoutOf(model.proxyConfig);
  const connectTimeoutMs = isOwn ? service.connectTimeoutMs : (base.connectTimeoutMs ?? service.connectTimeoutMs);
  const config = { ...base, protocol, connectTimeoutMs, requestTimeoutMs, idleTimeoutMs, maxConnections, onRevoke };
  const set = { intentions: service.intentions, defaultAction: model.defaultIntention };
  const instances = service.instances.map(({ id, address, port, weight }) => ({
    ...{ id, address, port, weight },
    healthy: true,
  }));
  return [
    { kind: "config", service: key, config },
    { kind: "instances", service: key, instances },
    { kind: "intentions", service: key, set },
  ];
}

function bindAlone({ bind: { address, port } }: GatewayModel): LocalOptions {
  return { identity: { binds: [{ name: "default", address, port }] }, service: {} };
}

function placeOf(model: GatewayModel): Omit<GatewayIdentity, "binds"> {
  const { name, datacenter, namespace, partition } = model;
  return {
    name,
    datacenter,
    ...given({ namespace, partition }),
  };
}

function linkOf(model: GatewayModel, service: ServiceModel): LinkedService {
  const { upstream, disableAutoHostRewrite } = service;
  return { name: keyOf(model, service), upstream, autoHostRewrite: !disableAutoHostRewrite };
}

/** A service is in its own namespace, else in the gateway's; links never leave the gateway's partition. */
function keyOf(model: GatewayModel, service: ServiceModel): string {
  const namespace = service.namespace ?? model.namespace;
  return formatServiceName({
    name: service.name,
    ...given({ namespace, partition: model.partition }),
  });
}
