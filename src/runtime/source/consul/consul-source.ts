// Consul as source: everything that its servers say of one gateway, as events. No client agent, HTTP API alone.

import { DEFAULT_TENANCY } from "../../../model/service-name";
import type { Cancel, Clock, Logger, Random } from "../../ports";
import type { GatewayIdentity, ServiceConfig, WatchEvent } from "../../snapshot/state";
import type { ConsulAccess } from "./access";
import { startBlockingQuery } from "./blocking-query";
import type { CentralConfig } from "./central";
import type { LinkRow } from "./decode/catalog";
import { decodeMesh } from "./decode/config";
import { decodeRoots } from "./decode/connect";
import type { Fields } from "./decode/reading";
import { isPassing } from "./errors";
import { makeConsulHttp } from "./http";
import { startInstances } from "./instances";
import { startIntentions } from "./intentions";
import { startLeaves } from "./leaves";
import { startLinks } from "./links";
import { startNodeWatches } from "./node-watches";
import type { Contact } from "./servers";
import { startServiceConfigs } from "./service-config";
import type { WatchPorts } from "./watch-ports";

export interface ConsulSourceOptions {
  readonly access: ConsulAccess;
  /** Emitted as it is; its name is that of the config entry and of the gateway's service in the catalog. */
  readonly gateway: GatewayIdentity;
  readonly emit: (event: WatchEvent) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** What Consul cannot express of a service (limits, timeouts), by service key; wins over Consul. @default - nothing */
  readonly overrides?: (service: string) => Partial<ServiceConfig>;
  /**
   * Is told what Consul says of the gateway itself, and answers what services have that say nothing: undefined until all of
   * that is known. Whoever takes it emits the identity. @default - nobody: the identity is emitted as it is
   */
  readonly central?: {
    note(part: Partial<CentralConfig>): void;
    base(): Partial<ServiceConfig> | undefined;
  };
}

export interface ConsulSource {
  /** The answers of `overrides` or `central.base` changed. */
  refreshOverrides(): void;
  contact(): Contact;
  stop(): void;
}

/** Never throws and never gives up: what fails is told by problem events, and tried again. */
export function startConsulSource(options: ConsulSourceOptions): ConsulSource {
  const { access, gateway, emit, central, overrides = () => ({}) } = options;
  const http = makeConsulHttp(access, options);
  const enterprise = access.namespace !== undefined || access.partition !== undefined;
  const ports: WatchPorts = { ...options, http, enterprise };
  const nodes = startNodeWatches(ports);
  const instances = new Map<string, { readonly mark: string; readonly stop: () => void }>();

  if (central === undefined) emit({ kind: "identity", identity: gateway });
  const leaves = startLeaves({ ...ports, allowPlaintext: access.allowPlaintextLeaves ?? false });
  const intentions = startIntentions(ports);
  let links: readonly LinkRow[] = [];
  const configs = startServiceConfigs({
    ...{ ...ports, overrides, onSelections: () => watchInstances() },
    ...(central && {
      base: central.base,
      onProxyDefaults: ({ config, accessLogs }) => central.note({ config, accessLogs }),
    }),
  });
  const stopMesh = central === undefined ? () => undefined : watchMesh(ports, (mesh) => central.note({ mesh }));
  const stopRoots = startBlockingQuery(http, ports, {
    ...{
      path: "/v1/connect/ca/roots",
      decode: decodeRoots,
      priority: true,
      what: "CA roots",
      right: "anything at all",
    },
    onAnswer({ value }) {
      // Callers must trust the new root before a leaf of it is shown to them.
      emit({ kind: "roots", bundle: value.bundle });
      leaves.setSigners(value.signers);
    },
    onProblem: (reason) => emit({ kind: "problem", of: { kind: "roots" }, reason }),
  });

  const watchInstances = (): void => {
    const wanted = new Map(links.map((row) => [row.link.name, row]));
    for (const [name, { stop }] of instances) {
      if (wanted.has(name)) continue;
      stop();
      instances.delete(name);
    }
    for (const [name, row] of wanted) {
      const selections = configs.selections(name);
      if (selections === undefined) continue;
      const mark = JSON.stringify([row.isDestination, selections]);
      const running = instances.get(name);
      if (running?.mark === mark) continue;
      running?.stop();
      instances.set(name, { mark, stop: startInstances({ ...ports, nodes }, row, selections) });
    }
  };

  const onLinks = (rows: readonly LinkRow[]): void => {
    links = rows;
    const names = rows.map(({ link }) => link.name);
    watchInstances();
    configs.want(names);
    intentions.want(names);
    leaves.want(names);
  };
  const stopLinks = startLinks({ ...ports, gateway: gateway.name, onLinks });

  return {
    refreshOverrides: configs.refresh,
    contact: http.contact,
    stop() {
      for (const stop of [nodes.stop, stopLinks, stopRoots, stopMesh, intentions.stop, configs.stop, leaves.stop])
        stop();
      for (const { stop } of instances.values()) stop();
      http.close();
    },
  };
}

/** Servers before 1.9 know no such entry: they are asked now and then, as they may be newer one day. */
function watchMesh(ports: WatchPorts, take: (mesh: Fields) => void): Cancel {
  return startBlockingQuery(ports.http, ports, {
    ...{ path: "/v1/config/mesh/mesh", decode: decodeMesh, priority: true },
    ...{ what: "the mesh entry", right: "mesh:read", params: ports.enterprise ? { ns: DEFAULT_TENANCY } : {} },
    onAnswer: ({ value }) => take(value),
    onProblem(reason, category) {
      if (category === "unsupported") take({});
      // A server that is away is told of with the services.
      else
        ports.log[isPassing(category) ? "debug" : "warn"]("the mesh entry is not read: it holds as before", { reason });
    },
  });
}
