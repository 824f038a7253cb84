// Protocol, timeouts and load balancing of every linked service, from three lists: service-defaults, proxy-defaults, service-resolver.

import {
  CONNECT_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  MAX_CONNECTIONS,
  ON_REVOKE,
  REQUEST_TIMEOUT_MS,
} from "../../../model/defaults";
import type { Cancel } from "../../ports";
import type { ServiceConfig } from "../../snapshot/state";
import { startBlockingQuery } from "./blocking-query";
import { decodeDefaultProtocol, decodeServiceProtocols, protocolOf } from "./decode/config";
import { decodeResolvers, EVERY_INSTANCE, type Resolver, type Selections } from "./decode/resolver";
import { EVERYWHERE } from "./place";
import type { WatchPorts } from "./watch-ports";

export interface ServiceConfigsOptions extends WatchPorts {
  /** What Consul cannot express, from elsewhere; wins over Consul. */
  readonly overrides: (service: string) => Partial<ServiceConfig>;
  /** The answers of `selections` may have changed. */
  readonly onSelections: () => void;
}

export interface ServiceConfigs {
  /** The complete list of services to tell of. */
  want(services: readonly string[]): void;
  /** Which instances a service has, by its resolver; undefined as long as resolvers are not known. */
  selections(service: string): Selections | undefined;
  /** The overrides changed. */
  refresh(): void;
  stop(): void;
}

export function startServiceConfigs(options: ServiceConfigsOptions): ServiceConfigs {
  const { http, emit, enterprise, overrides } = options;
  let protocols: ReadonlyMap<string, string> | undefined;
  let fallback: { readonly protocol: string | undefined } | undefined;
  let resolvers: ReadonlyMap<string, Resolver> | undefined;
  let wanted: readonly string[] = [];
  /** JSON of what was emitted last, by service. */
  let said = new Map<string, string>();

  const say = (again: boolean): void => {
    if (protocols === undefined || fallback === undefined || resolvers === undefined) return;
    const before = said;
    said = new Map();
    for (const service of wanted) {
      const { connectTimeoutMs = 0, requestTimeoutMs = 0, loadBalancer } = resolvers.get(service) ?? {};
      const config: ServiceConfig = {
        protocol: protocolOf(protocols.get(service) ?? fallback.protocol),
        connectTimeoutMs: connectTimeoutMs || CONNECT_TIMEOUT_MS,
        requestTimeoutMs: requestTimeoutMs || REQUEST_TIMEOUT_MS,
        ...{ idleTimeoutMs: IDLE_TIMEOUT_MS, maxConnections: MAX_CONNECTIONS, onRevoke: ON_REVOKE },
        ...(loadBalancer === undefined ? {} : { loadBalancer }),
        ...overrides(service),
      };
      const text = JSON.stringify(config);
      said.set(service, text);
      if (again || before.get(service) !== text) emit({ kind: "config", service, config });
    }
  };

  const failing = new Set<string>();
  const watch = <T>(path: string, decode: (body: unknown) => T, take: (value: T) => void): Cancel =>
    startBlockingQuery(http, options, {
      ...{ path, decode, priority: true, what: path.split("/")[3] ?? path, right: "service:read" },
      ...(path.endsWith("/global") ? {} : { params: enterprise ? EVERYWHERE : {} }),
      onAnswer({ value }) {
        take(value);
        // A problem is shown until the value comes again.
        say(failing.delete(path));
      },
      onProblem(reason) {
        failing.add(path);
        for (const service of wanted) emit({ kind: "problem", of: { kind: "config", service }, reason });
      },
    });

  const stops = [
    watch("/v1/config/service-defaults", decodeServiceProtocols, (value) => {
      protocols = new Map(value);
    }),
    watch("/v1/config/proxy-defaults/global", decodeDefaultProtocol, (protocol) => {
      fallback = { protocol };
    }),
    watch("/v1/config/service-resolver", decodeResolvers, (value) => {
      resolvers = new Map(value);
      options.onSelections();
    }),
  ];
  return {
    want(services) {
      wanted = services;
      say(false);
    },
    selections: (service) => resolvers && (resolvers.get(service)?.selections ?? EVERY_INSTANCE),
    refresh: () => say(false),
    stop() {
      for (const stop of stops) stop();
    },
  };
}
