// A run on Consul: its servers are the truth for links, instances, intentions and leaves; a manifest adds what they cannot
// express; the replica registers itself; the last good state stands in while Consul is away.

import type { Issue, Result } from "../model/issues";
import { VERSION } from "../model/version";
import type { RuntimeConfig } from "./config";
import type { GatewaySource, OpenSource, RunningSource } from "./gateway-source";
import { fileManifest, type ManifestSide, NO_MANIFEST, tenancyOf } from "./manifest-side";
import { type Logger, systemClock } from "./ports";
import type { GatewayIdentity, TrustBundle, WatchEvent } from "./snapshot/state";
import type { ConsulAccess } from "./source/consul/access";
import { startConsulSource } from "./source/consul/consul-source";
import { askDatacenter } from "./source/consul/datacenter";
import { type Exposure, resolveExposure } from "./source/consul/exposure";
import { type LastGood, openLastGood } from "./source/consul/last-good";
import { openConsulAccess } from "./source/consul/open-access";
import { startRegistration } from "./source/consul/registration";
import type { ConsulSettings } from "./source/consul/settings";
import { startStandIn } from "./source/consul/stand-in";
import { type ReadManifest, readManifest } from "./source/manifest/read";

const PORTS = { clock: systemClock, random: Math.random };
const NO_CA = "leaves come from Consul: ask it for one, with a token that has service:write on the service";

interface Parts {
  readonly config: RuntimeConfig & { readonly consul: ConsulSettings };
  readonly gateway: string;
  readonly manifest: ManifestSide;
  readonly access: ConsulAccess;
  readonly exposure: Exposure;
  readonly log: Logger;
}

/** Reads the manifest, where there is one, and every file that says how Consul is reached; all mistakes at once. */
export async function readConsul(config: Parts["config"], log: Logger): Promise<Result<GatewaySource>> {
  const { consul, manifest } = config;
  const which = config.gateway === undefined ? {} : { gateway: config.gateway };
  const [read, access] = await Promise.all([
    manifest === undefined ? undefined : readManifest(manifest, which),
    openConsulAccess(consul, { ...PORTS, log }),
  ]);
  const model = read?.ok === true ? read.value.model : undefined;
  const exposure = resolveExposure(consul.exposure, model?.bind);
  const issues = [read, access, exposure].flatMap((each): readonly Issue[] => (each?.ok === false ? each.error : []));
  const gateway = model?.name ?? config.gateway;
  if (issues.length > 0 || !access.ok || !exposure.ok || gateway === undefined) return { ok: false, error: issues };
  const parts: Parts = {
    ...{ config, gateway, log, exposure: exposure.value },
    manifest: manifestOf(config, gateway, read?.ok === true ? read.value : undefined, log),
    access: { ...tenancyOf(model), ...access.value },
  };
  const servers = consul.addresses.length;
  log.info("Consul is the source", { gateway, chosenBy: consul.chosenBy, servers, manifest: manifest ?? "none" });
  return {
    ok: true,
    value: {
      kind: "consul",
      gateway,
      async open(state) {
        const lastGood = await openLastGood({ state, clock: systemClock, log });
        const datacenter = await datacenterOf(parts, lastGood);
        return datacenter.ok ? { ok: true, value: openConsul(parts, lastGood, datacenter.value) } : datacenter;
      },
    },
  };
}

function manifestOf(
  { manifest: path, gateway: which }: RuntimeConfig,
  gateway: string,
  read: ReadManifest | undefined,
  log: Logger,
): ManifestSide {
  if (path === undefined || read === undefined) return NO_MANIFEST;
  return fileManifest({ path, read, gateway, log, ...(which === undefined ? {} : { which }) });
}

function datacenterOf({ access, manifest, log }: Parts, { datacenter: known }: LastGood): Promise<Result<string>> {
  const named = access.datacenter ?? manifest.model()?.datacenter;
  if (named !== undefined) return Promise.resolve({ ok: true, value: named });
  return askDatacenter({ access, ...PORTS, log, ...(known === undefined ? {} : { known }) });
}

function openConsul(parts: Parts, lastGood: LastGood, datacenter: string): OpenSource {
  let bundle: TrustBundle | undefined;
  return {
    trust() {
      if (bundle === undefined) throw new Error("Consul has not told its roots yet");
      return bundle;
    },
    issueLeaf: () => Promise.reject(new Error(NO_CA)),
    rotateRoot: () => Promise.reject(new Error(NO_CA)),
    start: (emit) =>
      startConsul(parts, lastGood, datacenter, (event) => {
        if (event.kind === "roots") bundle = event.bundle;
        emit(event);
      }),
  };
}

function startConsul(
  { config, gateway, manifest, access, exposure, log }: Parts,
  lastGood: LastGood,
  datacenter: string,
  emit: (event: WatchEvent) => void,
): RunningSource {
  const ports = { ...PORTS, log };
  const { namespace, partition } = access;
  const tenancy = { ...(namespace && { namespace }), ...(partition && { partition }) };
  const identity: GatewayIdentity = { name: gateway, datacenter, ...tenancy, binds: exposure.binds };
  const standIn = startStandIn({ ...ports, lastGood, emit });
  const source = startConsulSource({
    ...ports,
    ...{ access, gateway: identity, emit: standIn.emit },
    overrides: manifest.overrides,
  });
  const { address, port, wan } = exposure;
  const { replica, reapAfterS } = config.consul.registration;
  const registration = startRegistration({
    ...ports,
    ...{ access, reapAfterS },
    replica: {
      ...{ gateway, replica, address, port, meta: { "tgw-version": VERSION } },
      taggedAddresses: { lan: { address, port }, ...(wan && { wan }) },
    },
  });
  manifest.follow(source.refreshOverrides);
  let stopping: Promise<void> | undefined;
  return {
    reload: manifest.reload,
    setServing: registration.setServing,
    registration: registration.status,
    stop() {
      stopping ??= (async () => {
        standIn.stop();
        manifest.stop();
        source.stop();
        await Promise.all([registration.stop(), lastGood.close()]);
      })();
      return stopping;
    },
  };
}
