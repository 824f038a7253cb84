// One change on a real Envoy: time from the event to Envoy's ACK of everything it causes, and the bytes that Envoy
// received for it. Loop, ADS server and Envoy as in the runtime; the events come from here, so no file system is timed.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { startAdsServer } from "../../dist/runtime/ads/server";
import { startEnvoy } from "../../dist/runtime/envoy/process";
import { makeRunDir } from "../../dist/runtime/envoy/run-dir";
import { startLoop } from "../../dist/runtime/loop";
import { systemClock } from "../../dist/runtime/ports";
import type { LinkedService, WatchEvent } from "../../dist/runtime/snapshot/state";
import { openAuthorityIn } from "./authority";
import type { Row } from "./report";

const PORT = 21100;
const REPEATS = 5;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

export async function benchLive(
  dir: string,
  binary: string,
  size: number,
  say: (line: string) => void,
): Promise<Row[]> {
  mkdirSync(dir, { recursive: true });
  const authority = await openAuthorityIn(join(dir, "state"));
  const runDir = await makeRunDir(join(dir, "run"));
  if (!runDir.ok) throw new Error("no run directory");
  let lastAckMs = 0;
  let acks = 0;
  const loop = startLoop({
    clock: systemClock,
    log: silent,
    publish: (change) => ads.publish(change),
    watchMaterials: () => {},
    saveRevocations: () => {},
  });
  const onEvent = (event: { kind: string; detail?: string }): void => {
    if (event.kind === "nack") throw new Error(`Envoy refused: ${event.detail}`);
    if (event.kind !== "acked") return;
    acks += 1;
    lastAckMs = performance.now();
  };
  const ads = await startAdsServer({ path: runDir.value.adsSocket, view: loop.store, onEvent });
  const linkOf = (name: string): LinkedService => ({ name, upstream: { mode: "plaintext" }, autoHostRewrite: true });
  const uri = (name: string): string => `spiffe://${authority.trustDomain}/ns/default/dc/dc1/svc/${name}`;
  const intentions = (service: string, sources: readonly string[]): WatchEvent => ({
    kind: "intentions",
    service,
    set: { defaultAction: "deny", intentions: sources.map((source) => ({ source, action: "allow", precedence: 9 })) },
  });
  const answers = async (service: string): Promise<WatchEvent[]> => [
    {
      kind: "config",
      service,
      config: {
        protocol: "tcp",
        connectTimeoutMs: 5000,
        requestTimeoutMs: 15_000,
        idleTimeoutMs: 3_600_000,
        maxConnections: 100_000,
        onRevoke: "drain",
      },
    },
    {
      kind: "instances",
      service,
      instances: [{ id: service, address: "127.0.0.1", port: 9, weight: 1, healthy: true }],
    },
    intentions(service, ["web"]),
    { kind: "leaf", service, leaf: await authority.issueLeaf({ uri: uri(service) }) },
  ];
  let names = Array.from({ length: size }, (_, i) => `service-${i}`);
  const binds = [{ name: "default", address: "127.0.0.1", port: PORT }];
  say(`  issuing ${size} leaves`);
  const events = (await Promise.all(names.map(answers))).flat();
  loop.post({ kind: "identity", identity: { name: "egress", datacenter: "dc1", binds } });
  loop.post({ kind: "roots", bundle: authority.bundle() });
  loop.post({ kind: "links", links: names.map(linkOf) });
  for (const event of events) loop.post(event);
  await loop.settled(120_000);
  const extra = { clock: systemClock, random: Math.random, log: silent, env: process.env };
  const coldMs = performance.now();
  const envoy = startEnvoy({
    binary,
    runDir: runDir.value,
    nodeId: "bench",
    cluster: "bench",
    drainTimeS: 1,
    restartSilentS: 60,
    ...extra,
  });
  try {
    await envoy.ready;
    await quiet();
    const rows: Row[] = [{ what: "cold: Envoy start to all ACKed", services: size, ms: lastAckMs - coldMs }];
    const measure = async (what: string, work: (i: number) => Promise<() => void>): Promise<void> => {
      const times: number[] = [];
      const bytes: number[] = [];
      for (let i = 0; i < REPEATS; i += 1) {
        const go = await work(i);
        await sleep(100);
        const before = await received();
        const start = performance.now();
        go();
        await quiet();
        times.push(lastAckMs - start);
        bytes.push((await received()) - before);
      }
      rows.push({ what, services: size, ms: median(times), bytes: median(bytes) });
    };
    const callers = (count: number): string[] => ["web", ...Array.from({ length: count }, (_, n) => `caller-${n}`)];
    await measure("intention change to ACK", async (i) => () => loop.post(intentions("service-1", callers(i + 1))));
    await measure("revocation to ACK", async (i) => () => loop.post(intentions("service-1", callers(REPEATS - 1 - i))));
    await measure("certificate to ACK", async () => {
      const leaf = await authority.issueLeaf({ uri: uri("service-2") });
      return () => loop.post({ kind: "leaf", service: "service-2", leaf });
    });
    await measure("new service to ACK", async (i) => {
      const name = `added-${i}`;
      const added = await answers(name);
      return () => {
        names = [...names, name];
        loop.post({ kind: "links", links: names.map(linkOf) });
        for (const event of added) loop.post(event);
      };
    });
    return rows;
  } finally {
    await envoy.stop();
    loop.stop();
    await ads.close();
  }

  /** Bytes that Envoy has received over its xDS connection. */
  async function received(): Promise<number> {
    const stats = await envoy.admin.stats("cluster.xds.upstream_cx_rx_bytes_total");
    return stats.get("cluster.xds.upstream_cx_rx_bytes_total") ?? 0;
  }

  /** Until no ACK came for 300 ms. */
  async function quiet(): Promise<void> {
    for (let seen = -1; seen !== acks; await sleep(300)) seen = acks;
  }
}
