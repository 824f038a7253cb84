// What a manifest adds to a gateway whose source is Consul: where it listens, and what Consul has no words for.

import type { GatewayModel, ServiceModel } from "../model/gateway";
import { given } from "../model/given";
import { connectTimeoutOf } from "../model/proxy-config/read";
import { formatServiceName } from "../model/service-name";
import { sayIssues } from "./narrate";
import { type Logger, systemClock } from "./ports";
import type { ServiceConfig } from "./snapshot/state";
import type { ReadManifest } from "./source/manifest/read";
import { watchManifest } from "./source/manifest/watch-manifest";
import type { ManifestStatus } from "./status/view";

export interface ManifestSide {
  /** Undefined while there is none. */
  model(): GatewayModel | undefined;
  /** What Consul has no words for, of the service with this key; nothing where the manifest does not name it. */
  overrides(service: string): Partial<ServiceConfig>;
  /** Keeps up with it from now on; `onChange` follows each change. */
  follow(onChange: () => void): void;
  /** Reads it now, where nothing tells of changes. */
  reload(): void;
  /** How it stands with it; undefined where it is on disk, or there is none. */
  status(): ManifestStatus | undefined;
  stop(): Promise<void>;
}

/** Namespace and partition as far as a declaration gives them. */
export function tenancyOf(model: GatewayModel | undefined): {
  readonly namespace?: string;
  readonly partition?: string;
} {
  const { namespace, partition } = model ?? {};
  return given({ namespace, partition });
}

/** No manifest: Consul says everything. */
export const NO_MANIFEST: ManifestSide = {
  model: () => undefined,
  overrides: () => ({}),
  follow: () => undefined,
  reload: () => undefined,
  status: () => undefined,
  stop: async () => undefined,
};

export interface FileManifestOptions {
  readonly path: string;
  readonly read: ReadManifest;
  /** The gateway that runs. */
  readonly gateway: string;
  /** Which gateway of the manifest source, as the user named it. */
  readonly which?: string;
  readonly log: Logger;
}

/** A manifest that lies on disk, or came by standard input and cannot change. */
export function fileManifest({ path, read, gateway, which, log }: FileManifestOptions): ManifestSide {
  let { model } = read;
  let stop: () => void = () => undefined;
  let reload: () => void = () => undefined;
  return {
    model: () => model,
    overrides: (service) => overridesOf(model, service),
    follow(onChange) {
      if (path === "-") return;
      const apply = (next: GatewayModel): void => {
        model = next;
        onChange();
      };
      ({ stop, reload } = watchManifest(path, {
        ...(which === undefined ? {} : { gateway: which }),
        ...{ clock: systemClock, log, current: read },
        onChange: (next) => applyChange(next, gateway, apply, log),
        onProblem: (issues) => sayIssues(issues, log),
      }));
    },
    reload: () => reload(),
    status: () => undefined,
    stop: async () => stop(),
  };
}

/** Hands a changed manifest on, unless it is of another gateway: that is refused and told. */
export function applyChange(
  next: ReadManifest,
  gateway: string,
  apply: (model: ReadManifest["model"]) => void,
  log: Logger,
): void {
  if (next.model.name !== gateway) {
    const reason = `the manifest is of gateway "${next.model.name}" now; this process runs "${gateway}": start another`;
    log.error("manifest refused, the last good one serves", { reason });
    return;
  }
  log.info("manifest changed", { gateway, services: next.model.services.length });
  apply(next.model);
}

/** What a model says of the service with this key. */
export function overridesOf(model: GatewayModel | undefined, key: string): Partial<ServiceConfig> {
  const service = model && servicesOf(model).get(key);
  if (model === undefined || service === undefined) return {};
  const { connectTimeoutMs, requestTimeoutMs, idleTimeoutMs, maxConnections, onRevoke } = service;
  // Every manifest spells its defaults out; what everybody has is no wish of this service's.
  const isOwn = connectTimeoutMs !== connectTimeoutOf(model.proxyConfig);
  return { ...(isOwn ? { connectTimeoutMs } : {}), requestTimeoutMs, idleTimeoutMs, maxConnections, onRevoke };
}

/** Made once per model: after each change every service is asked for. */
const byKey = new WeakMap<GatewayModel, ReadonlyMap<string, ServiceModel>>();

function servicesOf(model: GatewayModel): ReadonlyMap<string, ServiceModel> {
  const known = byKey.get(model);
  if (known !== undefined) return known;
  const tenancy = tenancyOf(model);
  const services = new Map(model.services.map((each) => [formatServiceName({ ...tenancy, ...each }), each]));
  byKey.set(model, services);
  return services;
}
