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
import { decodeProxyDefaults, decodeServiceProtocols, type ProxyDefaults, protocolOf } from "./decode/config";
import { decodeResolvers, EVERY_INSTANCE, type Resolver, type Selections } from "./decode/resolver";
import { EVERYWHERE } from "./place";
import type { WatchPorts } from "./watch-ports";

export interface ServiceConfigsOptions extends WatchPorts {
  /** What Consul cannot express, from elsewhere; wins over Consul. */
  readonly overrides: (service: string) => Partial<ServiceConfig>;
  /** What holds where nothing else is said; undefined as long as it is not known, and nothing is told. @default - nothing */
  readonly base?: () => Partial<ServiceConfig> | undefined;
  readonly onProxyDefaults?: (value: ProxyDefaults) => void;
  /** The answers of `selections` may have changed. */
  readonly onSelections: () => void;
}

export interface ServiceConfigs {
  /** The complete list of services to tell of. */
  want(services: readonly string[]): void;
  /** Which instances a service has, by its resolver; undefined as long as resolvers are not known. */
  selections(service: string): Selections | undefined;
  /** The overrides or the base changed. */
  refresh(): void;
  stop(): void;
}

export function startServiceConfigs(options: ServiceConfigsOptions): ServiceConfigs {
  const { http, emit, enterprise, overrides, base: baseOf = () => ({}) } = options;
  let protocols: ReadonlyMap<string, string> | undefined;
  let fallback: { readonly protocol: string | undefined } | undefined;
  let resolvers: ReadonlyMap<string, Resolver> | undefined;
  let wanted: readonly string[] = [];
  /** JSON of what was emitted last, by service. */
  let said = new Map<string, string>();

  const say = (again: boolean): void => {
    const base: Partial<ServiceConfig> | undefined = baseOf();
    if (protocols === undefined || fallback === undefined || resolvers === undefined || base === undefined) return;
    const before = said;
    said = new Map();
    for (const service of wanted) {
      const { connectTimeoutMs = 0, requestTimeoutMs = 0, loadBalancer } = resolvers.get(service) ?? {};
      const config: ServiceConfig = {
        ...base,
        protocol: protocolOf(protocols.get(service) ?? fallback.protocol),
        connectTimeoutMs: connectTimeoutMs || base.connectTimeoutMs || CONNECT_TIMEOUT_MS,
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
    watch("/v1/config/proxy-defaults/global", decodeProxyDefaults, (value) => {
      fallback = { protocol: value.protocol };
      options.onProxyDefaults?.(value);
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
