// The options of a gateway whose source is Consul: flags, manifest, its own entry in the catalog and proxy-defaults in one, and
// the mesh entry. Holds everything back until Consul has told its part.

import type { RuntimeConfig } from "./config";
import type { StaticParts } from "./envoy/static-parts";
import { GatewayOptions } from "./gateway-options";
import { hostFacts } from "./host-facts";
import type { ManifestSide } from "./manifest-side";
import { accessLogsOf } from "./options/access-logs";
import type { Effective, OptionInputs } from "./options/effective";
import { FLAG, NO_FLAGS } from "./options/flags";
import { meshOptions } from "./options/mesh";
import type { Logger } from "./ports";
import type { ServiceConfig } from "./snapshot/state";
import { type Central, type CentralConfig, NO_CENTRAL } from "./source/consul/central";
import type { Exposure } from "./source/consul/exposure";
import { nodeName } from "./source/consul/registration-body";
import type { OptionLine } from "./status/view";

export interface ConsulSides {
  readonly config: RuntimeConfig;
  readonly gateway: string;
  readonly replica: string;
  readonly exposure: Exposure;
  readonly manifest: ManifestSide;
}

/** All that is said of the options; without `central` what flags and manifest say. */
export function inputsOf(sides: ConsulSides, central: CentralConfig = NO_CENTRAL): OptionInputs {
  const { config, gateway, replica, exposure, manifest } = sides;
  const { proxyConfig, allowPublic } = config.options ?? NO_FLAGS;
  const model = manifest.model();
  const host = hostFacts(config, gateway);
  const mesh = meshOptions(central.mesh);
  const logs = accessLogsOf(central.accessLogs, host.privatePaths);
  const { address, port, wan } = exposure;
  return {
    layers: [
      { path: FLAG, config: { ...flagBinds(exposure), ...proxyConfig } },
      { path: "gateway.proxyConfig", config: { ...model?.proxyConfig } },
      { path: `Proxy.Config of "${nodeName({ gateway, replica })}"`, config: central.own },
      { path: "proxy-defaults.Config", config: central.config, shared: true },
    ],
    own: exposure.byFlags ? [] : exposure.binds,
    tagged: { lan: { address, port }, ...(wan && { wan }) },
    allowPublic: allowPublic || model?.bind.allowPublic === true,
    ...{ host, said: [...mesh.said, ...logs.said] },
    ...(mesh.tls && { tls: mesh.tls }),
    ...(logs.accessLogs && { accessLogs: logs.accessLogs }),
  };
}

/** `--bind-address` is what `consul connect envoy` makes of it: addresses of their own, and no other. */
function flagBinds({ byFlags, binds }: Exposure): object {
  if (!byFlags) return {};
  const addresses = Object.fromEntries(binds.map(({ name, address, port }) => [name, { address, port }]));
  return { envoy_gateway_bind_addresses: addresses, envoy_gateway_no_default_bind: true };
}

export interface ConsulOptions {
  /** What services have that say nothing; undefined until Consul has told its part. */
  base(): Partial<ServiceConfig> | undefined;
  /** Resolves with what Envoy is to be started with. */
  readonly parts: Promise<StaticParts>;
  /** The manifest changed. */
  refresh(): void;
  /** Every option that is not taken now, and why. */
  notTaken(): readonly OptionLine[];
  /** Envoy runs without the parts that it was to be started with. */
  partsRefused(reason: string): void;
}

/** Calls back with the identity when it is known and whenever it or the base has changed. */
export function followOptions(
  { sides, central, log }: { readonly sides: ConsulSides; readonly central: Central; readonly log: Logger },
  onChange: (identity: Effective["identity"]) => void,
): ConsulOptions {
  const options = new GatewayOptions(log);
  let told: CentralConfig | undefined;
  let effective: Effective | undefined;
  let resolveParts: (parts: StaticParts) => void = () => undefined;
  const parts = new Promise<StaticParts>((resolve) => {
    resolveParts = resolve;
  });

  const take = (): void => {
    if (told === undefined) return;
    const before = effective;
    effective = options.take(inputsOf(sides, told));
    if (before === undefined) resolveParts(options.start());
    const mark = (each: Effective | undefined): string => JSON.stringify([each?.identity, each?.service]);
    if (mark(before) !== mark(effective)) onChange(effective.identity);
  };

  central.start((next) => {
    told = next;
    take();
  });
  return {
    base: () => effective?.service,
    parts,
    refresh: take,
    notTaken: () => options.notTaken(),
    partsRefused: (reason) => options.partsRefused(reason),
  };
}
