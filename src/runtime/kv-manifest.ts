// A manifest that lies in Consul's KV store: every replica follows it there, so a deployment copies nothing to hosts.

import { formatIssue, type Issue } from "../model/issues";
import { openKeptManifest } from "./kept-manifest";
import { type ManifestSide, overridesOf } from "./manifest-side";
import type { StateDir } from "./persist";
import type { Cancel, Clock, Logger, Random } from "./ports";
import type { ConsulAccess } from "./source/consul/access";
import { startKvText } from "./source/consul/kv-text";
import { type ReadManifest, readManifestText } from "./source/manifest/read";
import { within } from "./source/within";
import type { ManifestStatus } from "./status/view";

/** As long as everything else of Consul may take before the last good state stands in. */
const FIRST_LOOK_MS = 2_000;
/** A resource that is replaced deletes its key and writes it anew: that is no absence. */
const ABSENCE_MS = 1_000;

export interface KvManifestOptions {
  readonly access: ConsulAccess;
  readonly key: string;
  /** The gateway that runs. */
  readonly gateway: string;
  readonly state: StateDir;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/**
 * Follows the key from now on; resolves when Consul has told it, or has not within two seconds: then with the last good one
 * of an earlier life, or none, and what Consul tells later is a change. A key that is not there, a manifest with mistakes
 * and a missing right are no reasons not to start.
 */
export async function openKvManifest(options: KvManifestOptions): Promise<ManifestSide> {
  const { key, gateway, state, clock, log } = options;
  const from = `Consul key ${key}`;
  const keeper = await openKeptManifest(state, key, options);
  let good = keeper.before && readKept(keeper.before.text, options);
  /** When an earlier life was told what serves, as long as this one was not told anything. */
  let since = good && new Date(keeper.before?.savedAtMs ?? 0).toISOString();
  let status: ManifestStatus = { from, state: "waiting" };
  let onChange: () => void = () => undefined;
  let cancelAbsence: Cancel = () => undefined;
  let looked: () => void = () => undefined;
  const firstLook = new Promise<void>((resolve) => {
    looked = resolve;
  });

  const accept = (read: ReadManifest, text: string): void => {
    const isNew = good === undefined || JSON.stringify(read.model) !== JSON.stringify(good.model);
    status = { from, state: "applied" };
    since = undefined;
    good = read;
    keeper.keep(text);
    if (!isNew) return;
    log.info("manifest read", { gateway, from, services: read.model.services.length });
    onChange();
  };

  const isHeldBack = (reason: string): void => {
    const serves = since === undefined ? "" : `; the last good one of ${since} serves`;
    status = { from, state: good === undefined ? "waiting" : "kept", reason: `${reason}${serves}` };
  };

  const refuse = (issues: readonly Issue[]): void => {
    const serves = good === undefined ? "none serves" : "the last good one serves";
    for (const issue of issues) log.error(`manifest refused, ${serves}`, { from, reason: formatIssue(issue) });
    isHeldBack(issues.map(formatIssue).join("; "));
  };

  const isGone = (): void => {
    const had = good !== undefined;
    status = { from, state: "absent" };
    good = undefined;
    since = undefined;
    keeper.keep(undefined);
    log.warn("no manifest: Consul says everything until there is one", { gateway, from });
    if (had) onChange();
    looked();
  };

  const stop = startKvText({
    ...options,
    what: `manifest "${key}"`,
    onText(text) {
      cancelAbsence();
      if (text === undefined) {
        if (good === undefined) isGone();
        else cancelAbsence = clock.setTimer(ABSENCE_MS, isGone);
        return;
      }
      const read = readManifestText(from, text, gateway);
      if (read.ok) accept(read.value, text);
      else refuse(read.error);
      looked();
    },
    onProblem(reason) {
      log.warn("manifest not followed", { from, reason });
      isHeldBack(reason);
      looked();
    },
  });
  await within(clock, FIRST_LOOK_MS, firstLook);
  if (status.state === "waiting" && since !== undefined) {
    log.warn("manifest not told yet, the last good one serves", { from, since });
    isHeldBack("Consul has not told it since the start");
  }

  return {
    model: () => good?.model,
    overrides: (service) => overridesOf(good?.model, service),
    follow(next) {
      onChange = next;
    },
    reload: () => undefined,
    status: () => status,
    async stop() {
      stop();
      cancelAbsence();
      await keeper.flush();
    },
  };
}

/** Undefined for what this release cannot read: Consul has it still, or another release wrote it. */
function readKept(text: string, { key, gateway, log }: KvManifestOptions): ReadManifest | undefined {
  const read = readManifestText(`last good manifest of Consul key ${key}`, text, gateway);
  if (read.ok) return read.value;
  for (const issue of read.error) log.warn("last good manifest not used", { reason: formatIssue(issue) });
  return undefined;
}
