// A run on Consul: its servers are the truth for links, instances, intentions and leaves; a manifest adds what they cannot
// express; the replica registers itself; the last good state stands in while Consul is away.

import { given } from "../model/given";
import type { Issue, Result } from "../model/issues";
import { VERSION } from "../model/version";
import type { RuntimeConfig } from "./config";
import { type ConsulSides, followOptions, inputsOf } from "./consul-options";
import { consulStatus } from "./consul-status";
import { mistakesAtStart } from "./gateway-options";
import type { GatewaySource, OpenSource, RunningSource } from "./gateway-source";
import { openKvManifest } from "./kv-manifest";
import { fileManifest, type ManifestSide, NO_MANIFEST, tenancyOf } from "./manifest-side";
import type { StateDir } from "./persist";
import { type Logger, systemClock } from "./ports";
import type { GatewayIdentity, TrustBundle, WatchEvent } from "./snapshot/state";
import type { ConsulAccess } from "./source/consul/access";
import { type Central, type CentralConfig, openCentral } from "./source/consul/central";
import { startConsulSource } from "./source/consul/consul-source";
import { askDatacenter } from "./source/consul/datacenter";
import { type Exposure, resolveExposure } from "./source/consul/exposure";
import { type LastGood, openLastGood } from "./source/consul/last-good";
import type { Login } from "./source/consul/login";
import { openConsulAccess } from "./source/consul/open-access";
import { startRegistration } from "./source/consul/registration";
import { startAgentRegistration } from "./source/consul/registration-agent";
import type { ConsulSettings } from "./source/consul/settings";
import { startStandIn } from "./source/consul/stand-in";
import { readManifest } from "./source/manifest/read";

const PORTS = { clock: systemClock, random: Math.random };
const NO_CA = "leaves come from Consul: ask it for one, with a token that has service:write on the service";

/** What is read before the state directory is open. */
interface Read {
  readonly config: RuntimeConfig & { readonly consul: ConsulSettings };
  readonly gateway: string;
  /** Undefined where there is no manifest, or it is in Consul. */
  readonly manifest: ManifestSide | undefined;
  readonly access: ConsulAccess;
  readonly login?: Login;
  readonly log: Logger;
}

interface Parts extends Read {
  readonly manifest: ManifestSide;
  readonly exposure: Exposure;
  readonly lastGood: LastGood;
  readonly central: Central;
  readonly datacenter: string;
}

/** Reads the manifest, where there is one on disk, and every file that says how Consul is reached; all mistakes at once. */
export async function readConsul(config: Read["config"], log: Logger): Promise<Result<GatewaySource>> {
  const { consul, manifest: path, manifestKv } = config;
  const which = config.gateway === undefined ? {} : { gateway: config.gateway };
  const read = path === undefined ? undefined : await readManifest(path, which);
  const model = read?.ok === true ? read.value.model : undefined;
  const opened = await openConsulAccess({ ...tenancyOf(model), ...consul }, { ...PORTS, log });
  // What lies in Consul is not known yet.
  const exposure = manifestKv === undefined ? resolveExposure(consul.exposure, model?.bind) : undefined;
  const issues = [read, opened, exposure].flatMap((each): readonly Issue[] => (each?.ok === false ? each.error : []));
  const gateway = model?.name ?? config.gateway;
  if (issues.length > 0 || !opened.ok || gateway === undefined) return { ok: false, error: issues };
  const manifest =
    path === undefined || read?.ok !== true
      ? undefined
      : fileManifest({ path, read: read.value, gateway, log, ...(config.gateway && { which: config.gateway }) });
  const from = path ?? (manifestKv === undefined ? "none" : `Consul key ${manifestKv}`);
  const servers = consul.addresses.length;
  log.info("Consul is the source", { gateway, chosenBy: consul.chosenBy, servers, manifest: from });
  const parts: Read = { config, gateway, log, manifest, ...opened.value };
  return { ok: true, value: { kind: "consul", gateway, open: (state) => open(parts, state) } };
}

async function open(read: Read, state: StateDir): Promise<Result<OpenSource>> {
  const { config, gateway, access, log } = read;
  const { manifestKv: key } = config;
  const [lastGood, central] = await Promise.all([
    openLastGood({ state, clock: systemClock, log }),
    openCentral({ state, clock: systemClock, log }),
  ]);
  const datacenter = await datacenterOf(read, lastGood);
  if (!datacenter.ok) return datacenter;
  const manifest =
    read.manifest ??
    (key === undefined ? NO_MANIFEST : await openKvManifest({ ...PORTS, access, key, gateway, state, log }));
  const exposure = resolveExposure(config.consul.exposure, manifest.model()?.bind);
  const parts = exposure.ok && {
    ...{ ...read, manifest, lastGood, central, exposure: exposure.value, datacenter: datacenter.value },
  };
  const mistakes = parts ? mistakesAtStart(inputsOf(sidesOf(parts))) : [];
  if (parts && mistakes.length === 0) return { ok: true, value: openConsul(parts) };
  await Promise.all([manifest.stop(), read.login?.stop()]);
  return exposure.ok ? { ok: false, error: mistakes } : exposure;
}

function sidesOf({ config, gateway, exposure, manifest }: Parts): ConsulSides {
  return { config, gateway, replica: config.consul.registration.replica, exposure, manifest };
}

function datacenterOf({ access, manifest, log }: Read, { datacenter: known }: LastGood): Promise<Result<string>> {
  const named = access.datacenter ?? manifest?.model()?.datacenter;
  if (named !== undefined) return Promise.resolve({ ok: true, value: named });
  // Needs no right, so it waits for no login.
  const anyone = { ...access, token: () => undefined };
  return askDatacenter({ access: anyone, ...PORTS, log, ...(known === undefined ? {} : { known }) });
}

function openConsul(parts: Parts): OpenSource {
  let bundle: TrustBundle | undefined;
  return {
    trust() {
      if (bundle === undefined) throw new Error("Consul has not told its roots yet");
      return bundle;
    },
    issueLeaf: () => Promise.reject(new Error(NO_CA)),
    rotateRoot: () => Promise.reject(new Error(NO_CA)),
    async close() {
      await Promise.all([parts.manifest.stop(), parts.login?.stop()]);
    },
    start: (emit) =>
      startConsul(parts, (event) => {
        if (event.kind === "roots") bundle = event.bundle;
        emit(event);
      }),
  };
}

function startConsul(parts: Parts, emit: (event: WatchEvent) => void): RunningSource {
  const { config, gateway, manifest, access, login, exposure, lastGood, central, datacenter, log } = parts;
  const ports = { ...PORTS, log };
  const { namespace, partition } = access;
  const tenancy = { ...(namespace && { namespace }), ...(partition && { partition }) };
  const identity: GatewayIdentity = { name: gateway, datacenter, ...tenancy, binds: exposure.binds };
  const standIn = startStandIn({ ...ports, lastGood, emit });
  const source = startConsulSource({
    ...ports,
    ...{ access, gateway: identity, emit: standIn.emit },
    overrides: manifest.overrides,
    central: { note: central.note, base: () => options.base() },
  });
  const options = followOptions({ sides: sidesOf(parts), central, log }, (effective) => {
    standIn.emit({ kind: "identity", identity: { ...identity, ...effective } });
    source.refreshOverrides();
  });
  const { address, port, wan } = exposure;
  const { replica, reapAfterS, agent, esm } = config.consul.registration;
  const wish = {
    ...ports,
    ...{ access, reapAfterS },
    replica: {
      ...{ gateway, replica, address, port, esm, meta: { "tgw-version": VERSION } },
      taggedAddresses: { lan: { address, port }, ...(wan && { wan }) },
    },
    proxyConfig: { last: central.lastOwn, seen: (own: CentralConfig["own"]) => central.note({ own }) },
  };
  const registration = agent === undefined ? startRegistration(wish) : startAgentRegistration({ ...wish, agent });
  manifest.follow(() => {
    sayExposure(parts);
    options.refresh();
    source.refreshOverrides();
  });
  let stopping: Promise<void> | undefined;
  return {
    reload: manifest.reload,
    setServing: registration.setServing,
    status: () => ({
      consul: consulStatus(source.contact(), standIn.serves()),
      registration: registration.status(),
      options: options.notTaken(),
      ...given({ manifest: manifest.status(), login: login?.status() }),
    }),
    partsRefused: options.partsRefused,
    parts: options.parts,
    stop() {
      stopping ??= (async () => {
        standIn.stop();
        source.stop();
        await Promise.all([registration.stop(), manifest.stop(), lastGood.close(), central.close()]);
        await login?.stop();
      })();
      return stopping;
    },
  };
}

/** A listener is never moved under its connections. */
function sayExposure({ config, gateway, manifest, exposure, log }: Parts): void {
  const next = resolveExposure(config.consul.exposure, manifest.model()?.bind);
  if (next.ok && JSON.stringify(next.value) === JSON.stringify(exposure)) return;
  log.warn("the manifest's bind changed: that counts after a restart", { gateway });
}
