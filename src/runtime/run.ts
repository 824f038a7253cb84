// Composition root: builds every part of one gateway, wires them, and takes them down in order.

import { join } from "node:path";
import type { Result } from "../model/issues";
import { type AdsServer, startAdsServer } from "./ads/server";
import type { RuntimeConfig } from "./config";
import type { EnvoyAdmin } from "./envoy/admin";
import { type LocatedEnvoy, locateEnvoy } from "./envoy/locate";
import { type EnvoyHandle, startEnvoy } from "./envoy/process";
import { makeRunDir, type RunDir } from "./envoy/run-dir";
import { type ServiceStatus, startLoop } from "./loop";
import { makeOnEvent, sayEnvoy, sayIssues } from "./narrate";
import { openRevocations, openState } from "./persist";
import { type Logger, systemClock } from "./ports";
import type { TrustBundle } from "./snapshot/state";
import { startFilesSource } from "./source/files/files-source";
import { openAuthority } from "./source/local/authority";
import { type ClientLeaf, issueClientLeaf } from "./source/local/cert";
import { startLocalSource } from "./source/local/local-source";
import { type ReadManifest, readManifest } from "./source/manifest/read";
import { watchManifest } from "./source/manifest/watch-manifest";

/**
 * Envoy is started when every service is ready, or after this long: what comes later is added live. Short, since a
 * service whose certificate is missing must not hold the others.
 */
const SETTLE_MS = 500;

export interface RuntimeOptions {
  readonly config: RuntimeConfig;
  /** False: only the xDS server, for an Envoy that others start. */
  readonly envoy: boolean;
  readonly envoyArgs: readonly string[];
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
  /** The mesh roots that callers check the gateway against. */
  trust(): TrustBundle;
  /** A client leaf of the embedded CA. */
  issueLeaf(service: string): Promise<ClientLeaf>;
  /** A new root signs from now on; the old one stays trusted until its leaves have expired. */
  rotateRoot(): Promise<void>;
  /** Reads the manifest now, as on SIGHUP. */
  reload(): void;
  /** Drains, then ends everything that was started. */
  stop(): Promise<void>;
}

/** Starts one gateway. The user's mistakes come back as issues; what is broken on this machine is thrown. */
export async function startRuntime(options: RuntimeOptions): Promise<Result<Runtime>> {
  const { config, log } = options;
  const which = config.gateway === undefined ? {} : { gateway: config.gateway };
  const read = await readManifest(config.manifest, which);
  if (!read.ok) return read;
  const { model, origin } = read.value;
  log.info("manifest read", {
    gateway: model.name,
    file: origin.file,
    shape: origin.shape,
    services: model.services.length,
  });

  const runDir = await makeRunDir(join(config.runDir, model.name));
  if (!runDir.ok) return runDir;
  const locating = options.envoy ? locateEnvoy(locateOptions(config)) : undefined;
  const state = await openState(join(config.stateDir, model.name));
  const revocations = await openRevocations(state, log);
  const authority = await openAuthority(state, systemClock);
  const located = await locating;
  if (located?.ok === false) return located;
  if (located?.ok) sayEnvoy(located.value, log);

  let ads: AdsServer | undefined;
  const loop = startLoop({
    clock: systemClock,
    log,
    revocations: revocations.initial,
    publish: (change) => ads?.publish(change),
    watchMaterials: (keys) => files.watch(keys),
    saveRevocations: (next) => revocations.save(next),
  });
  const files = startFilesSource({ emit: loop.post, clock: systemClock, log });
  const local = startLocalSource({ model, authority, emit: loop.post, clock: systemClock, log });
  const stopSources = (): void => {
    local.stop();
    files.stop();
    loop.stop();
  };
  await loop.settled(SETTLE_MS);
  let envoy: EnvoyHandle | undefined;
  try {
    ads = await startAdsServer({ path: runDir.value.adsSocket, view: loop.store, onEvent: makeOnEvent(loop, log) });
  } catch (error) {
    stopSources();
    throw error;
  }
  if (located?.ok) envoy = startEnvoy(envoyOptions(options, located.value, runDir.value, model.name));

  const watch =
    config.manifest === "-"
      ? undefined
      : watchManifest(config.manifest, {
          ...which,
          clock: systemClock,
          log,
          current: read.value,
          onChange: (next) => applyChange(next, model.name, local.apply, log),
          onProblem: (issues) => sayIssues(issues, log),
        });

  return {
    ok: true,
    value: {
      gateway: model.name,
      runDir: runDir.value,
      ready: envoy?.ready ?? Promise.resolve(),
      done: envoy?.done ?? new Promise(() => undefined),
      admin: envoy?.admin,
      envoyPid: () => envoy?.pid,
      status: loop.status,
      trust: authority.bundle,
      issueLeaf: (service) => issueClientLeaf({ authority, service, ...placeOf(read.value) }),
      rotateRoot: async () => void (await authority.rotateRoot()),
      reload: () => watch?.reload(),
      async stop() {
        await envoy?.stop();
        watch?.stop();
        stopSources();
        await ads?.close();
        await revocations.flush();
      },
    },
  };
}

function applyChange(
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

function placeOf({ model }: ReadManifest): { datacenter: string; namespace?: string; partition?: string } {
  const { datacenter, namespace, partition } = model;
  return {
    datacenter,
    ...(namespace === undefined ? {} : { namespace }),
    ...(partition === undefined ? {} : { partition }),
  };
}

function locateOptions({ envoyPath, envoyVersion }: RuntimeConfig): Parameters<typeof locateEnvoy>[0] {
  return {
    env: process.env,
    ...(envoyPath === undefined ? {} : { path: envoyPath }),
    ...(envoyVersion === undefined ? {} : { version: envoyVersion }),
  };
}

function envoyOptions(options: RuntimeOptions, envoy: LocatedEnvoy, runDir: RunDir, gateway: string) {
  const { drainTimeS, concurrency } = options.config;
  return {
    binary: envoy.path,
    runDir,
    nodeId: gateway,
    cluster: gateway,
    drainTimeS,
    ...(concurrency === undefined ? {} : { concurrency }),
    extraArgs: options.envoyArgs,
    env: process.env,
    clock: systemClock,
    random: Math.random,
    log: options.log,
  };
}
