// What each command of the CLI does, between parsed configuration and outcome.

import { join } from "node:path";
import { given } from "../model/given";
import type { Issue, Result } from "../model/issues";
import { formatPlace } from "../model/place";
import type { RuntimeConfig } from "./config";
import { isInConsul, readManifestKey } from "./kv-check";
import { openState } from "./persist";
import { makeLogger, systemClock } from "./ports";
import { startRuntime } from "./run";
import { withPath } from "./snapshot/materials";
import { verifyMaterial } from "./snapshot/verify";
import { materialsOf } from "./snapshot/wanted";
import { readMaterial } from "./source/files/read-material";
import { openAuthority } from "./source/local/authority";
import { issueClientLeaf, writeClientLeaf } from "./source/local/cert";
import { type ReadManifest, readManifest } from "./source/manifest/read";
import { readStatus } from "./status/client";
import { renderStatus } from "./status/table";
import { isHealthy } from "./status/view";

/** What a command tells the shell; `text` and `json` go to standard output. */
export interface Outcome {
  readonly code: 0 | 1 | 2;
  readonly issues?: readonly Issue[];
  readonly text?: string;
  readonly json?: unknown;
}

/** `run` and `xds`: serves until SIGTERM or SIGINT; a second signal ends the drain; SIGHUP reads the manifest anew. */
export async function serve(
  config: RuntimeConfig,
  options: { readonly envoy: boolean; readonly json: boolean; readonly envoyArgs: readonly string[] },
): Promise<Outcome> {
  const log = makeLogger({ level: config.logLevel, json: options.json });
  const started = await startRuntime({ config, log, envoy: options.envoy, envoyArgs: options.envoyArgs });
  if (!started.ok) return { code: 2, issues: started.error };
  const runtime = started.value;
  runtime.ready.then(
    () => log.info("gateway ready", { gateway: runtime.gateway, xds: runtime.runDir.adsSocket }),
    () => undefined, // `done` tells.
  );
  const signals = ["SIGTERM", "SIGINT"] as const;
  let stop: () => void = () => undefined;
  const asked = new Promise<"asked">((resolve) => {
    stop = () => resolve("asked");
  });
  for (const signal of signals) process.on(signal, stop);
  process.on("SIGHUP", runtime.reload);
  try {
    const how = await Promise.race([asked, runtime.done]);
    if (how === "asked") log.info("stopping", { gateway: runtime.gateway, drainSeconds: config.drainTimeS });
    const stopping = runtime.stop();
    for (const signal of signals) process.once(signal, () => void runtime.stop());
    await stopping;
    return { code: how === "failed" ? 1 : 0 };
  } finally {
    for (const signal of signals) process.removeAllListeners(signal);
    process.removeAllListeners("SIGHUP");
  }
}

/** `validate`: the manifest, and unless told otherwise every certificate file that it names. */
export async function check(config: RuntimeConfig, files: boolean): Promise<Outcome> {
  const read = await readModel(config);
  if (!read.ok) return { code: 2, issues: read.error, json: { ok: false, issues: read.error } };
  const { model, origin } = read.value;
  const issues: Issue[] = [];
  if (files) {
    for (const { key, path } of materialsOf(model)) {
      const result = await readMaterial(key);
      const problem = "problem" in result ? result.problem : verifyMaterial(result.material, systemClock.now());
      if (problem !== undefined) {
        issues.push({
          path,
          got: withPath(key, problem),
          allowed: "readable PEM that fits",
          hint: "mend the file; other services are served",
        });
      }
    }
  }
  if (issues.length > 0) return { code: 2, issues, json: { ok: false, issues } };
  const count = `${model.services.length} ${model.services.length === 1 ? "service" : "services"}`;
  const text = `${origin.file}: ${origin.shape} of gateway "${model.name}", ${count}, no mistakes`;
  return { code: 0, text, json: { ok: true, gateway: model.name, services: model.services.length, ...origin } };
}

/** `cert`: a client leaf of the embedded CA, to files or to standard output. */
export async function certificate(
  config: RuntimeConfig,
  flags: { readonly service: string; readonly out?: string },
): Promise<Outcome> {
  const read = await readModel(config);
  if (!read.ok) return { code: 2, issues: read.error };
  const { name, datacenter, namespace, partition, bind } = read.value.model;
  const authority = await openAuthority(await openState(join(config.stateDir, name)), systemClock);
  const leaf = await issueClientLeaf({
    authority,
    service: flags.service,
    datacenter,
    ...given({ namespace, partition }),
  });
  const about = {
    uri: leaf.uri,
    notAfter: new Date(leaf.notAfterMs).toISOString(),
    gateway: formatPlace(bind),
    trustDomain: authority.trustDomain,
  };
  if (flags.out === undefined) {
    return { code: 0, text: leaf.certPem + leaf.keyPem + leaf.rootsPem, json: { ...leaf, ...about } };
  }
  const files = await writeClientLeaf(flags.out, leaf);
  return { code: 0, text: Object.values(files).join("\n"), json: { ...files, ...about } };
}

/** `status`: asks the gateway that runs; 1 when a service waits, Envoy does not run, or nobody answers. */
export async function showStatus(config: RuntimeConfig): Promise<Outcome> {
  const status = await readStatus(config.runDir, config.gateway);
  if (!status.ok) return { code: 1, issues: status.error };
  return { code: isHealthy(status.value) ? 0 : 1, text: renderStatus(status.value), json: status.value };
}

function readModel(config: RuntimeConfig): Promise<Result<ReadManifest>> {
  const { manifest, gateway, logLevel } = config;
  if (isInConsul(config)) return readManifestKey(config, makeLogger({ level: logLevel, json: false }));
  return readManifest(manifest ?? "-", gateway === undefined ? {} : { gateway });
}
