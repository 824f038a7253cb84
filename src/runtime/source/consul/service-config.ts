// Protocol and timeouts of every linked service, from three lists: service-defaults, proxy-defaults, service-resolver.

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
import {
  decodeDefaultProtocol,
  decodeResolverTimeouts,
  decodeServiceProtocols,
  protocolOf,
  type ResolverTimeouts,
} from "./decode/config";
import { EVERYWHERE } from "./place";
import type { WatchPorts } from "./watch-ports";

export interface ServiceConfigsOptions extends WatchPorts {
  /** What Consul cannot express, from elsewhere; wins over Consul. */
  readonly overrides: (service: string) => Partial<ServiceConfig>;
}

export interface ServiceConfigs {
  /** The complete list of services to tell of. */
  want(services: readonly string[]): void;
  /** The overrides changed. */
  refresh(): void;
  stop(): void;
}

export function startServiceConfigs(options: ServiceConfigsOptions): ServiceConfigs {
  const { http, emit, enterprise, overrides } = options;
  let protocols: ReadonlyMap<string, string> | undefined;
  let fallback: { readonly protocol: string | undefined } | undefined;
  let timeouts: ReadonlyMap<string, ResolverTimeouts> | undefined;
  let wanted: readonly string[] = [];
  /** JSON of what was emitted last, by service. */
  let said = new Map<string, string>();

  const say = (again: boolean): void => {
    if (protocols === undefined || fallback === undefined || timeouts === undefined) return;
    const before = said;
    said = new Map();
    for (const service of wanted) {
      const { connectTimeoutMs = 0, requestTimeoutMs = 0 } = timeouts.get(service) ?? {};
      const config: ServiceConfig = {
        protocol: protocolOf(protocols.get(service) ?? fallback.protocol),
        connectTimeoutMs: connectTimeoutMs || CONNECT_TIMEOUT_MS,
        requestTimeoutMs: requestTimeoutMs || REQUEST_TIMEOUT_MS,
        ...{ idleTimeoutMs: IDLE_TIMEOUT_MS, maxConnections: MAX_CONNECTIONS, onRevoke: ON_REVOKE },
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
    watch("/v1/config/service-resolver", decodeResolverTimeouts, (value) => {
      timeouts = new Map(value);
    }),
  ];
  return {
    want(services) {
      wanted = services;
      say(false);
    },
    refresh: () => say(false),
    stop() {
      for (const stop of stops) stop();
    },
  };
}
