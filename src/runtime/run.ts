// Composition root: builds every part of one gateway, wires them, and takes them down in order.

import { join } from "node:path";
import type { Result } from "../model/issues";
import { VERSION } from "../model/version";
import { startAdsServer } from "./ads/server";
import type { RuntimeConfig } from "./config";
import { readConsul } from "./consul-run";
import { type EnvoyAdmin, makeAdmin } from "./envoy/admin";
import { locateEnvoy } from "./envoy/locate";
import { type EnvoyHandle, startEnvoy } from "./envoy/process";
import { makeRunDir, type RunDir } from "./envoy/run-dir";
import { isEmpty } from "./envoy/static-parts";
import { adminOf, envoyOptions, envoyStatus, locateOptions } from "./envoy-options";
import type { GatewaySource } from "./gateway-source";
import { type ServiceStatus, startLoop } from "./loop";
import { makeOnEvent, sayEnvoy } from "./narrate";
import { openRevocations, openState } from "./persist";
import { type Logger, systemClock } from "./ports";
import { ServiceHistory } from "./service-history";
import { pollServing, watchServing } from "./serving";
import type { TrustBundle } from "./snapshot/state";
import { startFilesSource } from "./source/files/files-source";
import type { ClientLeaf } from "./source/local/cert";
import { readStandalone } from "./standalone-run";
import { startStatusServer, statusSocket } from "./status/server";
import { type GatewayStatus, viewOf } from "./status/view";

/** Envoy gets its first answer with the first service that is ready, or after this long; what comes later is added live. */
const BEGIN_MS = 500;
/** An Envoy may hold what an earlier run of ours served: it keeps that while what we lack may still come by itself. */
const SETTLE_MS = 60_000;

export interface RuntimeOptions {
  /** What to serve, and where. */
  readonly config: RuntimeConfig;
  /** False: only the xDS server, for an Envoy that others start. */
  readonly envoy: boolean;
  /** More arguments of Envoy. */
  readonly envoyArgs: readonly string[];
  /** Where the runtime says what it does. */
  readonly log: Logger;
}

export interface Runtime {
  readonly gateway: string;
  readonly runDir: RunDir;
  /** Resolves when Envoy serves; at once without one. */
  readonly ready: Promise<void>;
  /** Resolves when Envoy is gone for good: `failed` when it does not start. Never without one. */
  readonly done: Promise<"stopped" | "failed">;
  /** Admin interface of Envoy. */
  readonly admin: EnvoyAdmin | undefined;
  /** Pid of the Envoy that runs now. */
  envoyPid(): number | undefined;
  status(): readonly ServiceStatus[];
  /** Everything that the status command shows. */
  view(): GatewayStatus;
  /** The mesh roots that callers check the gateway against. Throws while Consul has not told them. */
  trust(): TrustBundle;
  /** A client leaf of the embedded CA; rejects with Consul as source. */
  issueLeaf(service: string): Promise<ClientLeaf>;
  /** A new root signs from now on; the old one stays trusted until its leaves have expired. Rejects with Consul as source. */
  rotateRoot(): Promise<void>;
  /** Reads the manifest now, as on SIGHUP. */
  reload(): void;
  /** Drains, then ends everything that was started. */
  stop(): Promise<void>;
}

/** Starts one gateway. The user's mistakes come back as issues; what is broken on this machine is thrown. */
export async function startRuntime(options: RuntimeOptions): Promise<Result<Runtime>> {
  const { config, log } = options;
  const source = await readSource(config, log);
  if (!source.ok) return source;
  const { gateway } = source.value;
  const runDir = await makeRunDir(join(config.runDir, gateway));
  if (!runDir.ok) return runDir;
  const locating = options.envoy ? locateEnvoy(locateOptions(config)) : undefined;
  const state = await openState(join(config.stateDir, gateway));
  const revocations = await openRevocations(state, log);
  const open = await source.value.open(state);
  const located = await locating;
  if (!open.ok) return open;
  if (located?.ok === false) {
    await open.value.close();
    return located;
  }
  if (located?.ok) sayEnvoy(located.value, log);

  const startedAtMs = systemClock.now();
  const loop = startLoop({
    clock: systemClock,
    log,
    revocations: revocations.initial,
    publish(change) {
      history.published(change, systemClock.now());
      ads.publish(change);
    },
    watchMaterials: (keys) => files.watch(keys),
    saveRevocations: (next) => revocations.save(next),
  });
  const history = new ServiceHistory((ref) => loop.store.ownerOf(ref));
  const files = startFilesSource({ emit: loop.post, clock: systemClock, log });
  const ads = await startAdsServer({
    path: runDir.value.adsSocket,
    view: loop.store,
    onEvent: makeOnEvent(loop, history, log),
    begun: loop.begun(BEGIN_MS),
    complete: loop.settled(SETTLE_MS),
  }).catch((error: unknown) => {
    loop.stop();
    throw error;
  });
  const running = open.value.start(loop.post);
  let envoy: EnvoyHandle | undefined;
  if (located?.ok) {
    envoy = startEnvoy(envoyOptions({ ...options, envoy: located.value, runDir: runDir.value, gateway, running }));
  } else {
    void running.parts.then((parts) => {
      if (!isEmpty(parts))
        log.warn("options of Envoy's bootstrap are for those who start it: see consul-tgw bootstrap");
    });
  }
  const serving =
    envoy === undefined
      ? pollServing(makeAdmin(adminOf(config, runDir.value)), { clock: systemClock, log }, running.setServing)
      : watchServing(envoy, running.setServing);

  const view = (): GatewayStatus =>
    viewOf({
      ...{ gateway, version: VERSION, source: source.value.kind, startedAtMs, state: loop.state },
      envoy: envoyStatus(envoy, located?.ok ? located.value : undefined, {
        silent: serving.silent(),
        streams: ads.sessions().length,
      }),
      ...running.status(),
      pastOf: (service) => history.of(service),
      services: loop.status(),
    });
  const status = await startStatusServer(statusSocket(runDir.value.path), view, log);
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await running.stop();
    files.stop();
    loop.stop();
    await Promise.all([status.close(), ads.close()]);
    await revocations.flush();
  };
  return {
    ok: true,
    value: {
      gateway,
      runDir: runDir.value,
      ready: envoy?.ready ?? Promise.resolve(),
      done: envoy?.done ?? new Promise(() => undefined),
      admin: envoy?.admin,
      envoyPid: () => envoy?.pid,
      status: loop.status,
      view,
      trust: open.value.trust,
      issueLeaf: open.value.issueLeaf,
      rotateRoot: open.value.rotateRoot,
      reload: running.reload,
      async stop() {
        serving.stop();
        // Callers leave first; a second call ends the drain.
        running.setServing(false);
        await envoy?.stop();
        ending ??= end();
        await ending;
      },
    },
  };
}

function readSource(config: RuntimeConfig, log: Logger): Promise<Result<GatewaySource>> {
  const { consul } = config;
  return consul === undefined ? readStandalone(config, log) : readConsul({ ...config, consul }, log);
}
