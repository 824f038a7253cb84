// An xDS server over a store that the test fills itself, and a real Envoy that it feeds: no source, no loop between.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SessionEvent } from "../../src/runtime/ads/protocol";
import { startAdsServer } from "../../src/runtime/ads/server";
import { type EnvoyHandle, startEnvoy } from "../../src/runtime/envoy/process";
import { makeRunDir } from "../../src/runtime/envoy/run-dir";
import { openState } from "../../src/runtime/persist";
import { systemClock } from "../../src/runtime/ports";
import type { ServiceSnapshot, TrustBundle } from "../../src/runtime/snapshot/state";
import { type Authority, openAuthority } from "../../src/runtime/source/local/authority";
import { buildGateway, buildService } from "../../src/runtime/xds/build";
import { ResourceStore } from "../../src/runtime/xds/store";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface StoreGateway {
  /** What Envoy accepted and refused so far. */
  readonly events: readonly SessionEvent[];
  /** Of the listener on this port. */
  readonly identity: ServiceSnapshot["identity"];
  /** A mesh CA of its own. */
  authority(): Promise<Authority>;
  /** Builds and publishes these services. Throws what the builder says against one. */
  publish(...snapshots: readonly ServiceSnapshot[]): void;
  /** Starts Envoy; resolves when it is ready. */
  start(trust: TrustBundle): Promise<void>;
  stop(): Promise<void>;
}

export async function startStoreGateway(binary: string, port: number): Promise<StoreGateway> {
  const dir = mkdtempSync(join(tmpdir(), "tgw-"));
  const store = new ResourceStore();
  const events: SessionEvent[] = [];
  const identity = {
    ...{ name: "egress", datacenter: "dc1" },
    binds: [{ name: "default", address: "127.0.0.1", port }],
  };
  const made = await makeRunDir(join(dir, "run"));
  if (!made.ok) throw new Error("no run directory");
  const runDir = made.value;
  const ads = await startAdsServer({ path: runDir.adsSocket, view: store, onEvent: (event) => events.push(event) });
  let envoy: EnvoyHandle | undefined;
  let authorities = 0;
  return {
    ...{ events, identity },
    async authority() {
      authorities += 1;
      return openAuthority(await openState(join(dir, `ca-${authorities}`)), systemClock);
    },
    publish(...snapshots) {
      for (const snapshot of snapshots) {
        const built = buildService(snapshot);
        if ("problem" in built) throw new Error(built.problem);
        ads.publish(store.replace(snapshot.name, built.resources));
      }
    },
    async start(trust) {
      ads.publish(store.replace("gateway", buildGateway(identity, trust)));
      const process = { binary, runDir, nodeId: "egress", cluster: "egress", env: globalThis.process.env };
      const times = { drainTimeS: 1, restartSilentS: 60, concurrency: 1 };
      envoy = startEnvoy({ ...process, ...times, clock: systemClock, random: Math.random, log: silent });
      await envoy.ready;
    },
    async stop() {
      await envoy?.stop();
      await ads.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
