// The pure core: full build of N services, and one changed service, from complete snapshots to stored bytes.
import { performance } from "node:perf_hooks";
import type { ServiceSnapshot } from "../../dist/runtime/snapshot/state";
import { buildGateway, buildService } from "../../dist/runtime/xds/build";
import { ResourceStore } from "../../dist/runtime/xds/store";
import { openAuthorityIn } from "./authority";
import type { Row } from "./report";

const REPEATS = 7;

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

export async function benchBuild(dir: string, sizes: readonly number[]): Promise<Row[]> {
  const authority = await openAuthorityIn(dir);
  // One leaf for all: a build copies its bytes and does not look at them.
  const leaf = await authority.issueLeaf({ uri: `spiffe://${authority.trustDomain}/ns/default/dc/dc1/svc/s` });
  const identity = {
    name: "egress",
    datacenter: "dc1",
    binds: [{ name: "default", address: "127.0.0.1", port: 8443 }],
  };
  const snapshot = (i: number, sources: readonly string[]): ServiceSnapshot => ({
    name: `service-${i}`,
    identity,
    trust: authority.bundle(),
    leaf,
    link: {
      name: `service-${i}`,
      upstream: { mode: "tls", caFile: "/etc/ca.pem", sni: `service-${i}.example.com`, insecureSkipVerify: false },
      autoHostRewrite: true,
    },
    instances: [0, 1].map((n) => ({
      id: `${i}-${n}`,
      address: `10.0.${i >> 8}.${i & 255}`,
      port: 443 + n,
      weight: 1,
      healthy: true,
    })),
    subsets: [],
    intentions: {
      defaultAction: "deny",
      intentions: sources.map((source) => ({ source, action: "allow", precedence: 9 })),
    },
    config: {
      protocol: i % 2 === 0 ? "tcp" : "http",
      connectTimeoutMs: 5000,
      requestTimeoutMs: 15_000,
      idleTimeoutMs: 3_600_000,
      maxConnections: 100_000,
      onRevoke: "drain",
    },
    revocations: 0,
  });
  const put = (store: ResourceStore, each: ServiceSnapshot): void => {
    const built = buildService(each);
    if ("problem" in built) throw new Error(built.problem);
    store.replace(each.name, built.resources);
  };
  const rows: Row[] = [];
  for (const size of sizes) {
    const snapshots = Array.from({ length: size }, (_, i) => snapshot(i, ["web", "batch", "cron"]));
    const full: number[] = [];
    let store = new ResourceStore();
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      store = new ResourceStore();
      const start = performance.now();
      store.replace("the gateway", buildGateway(identity, snapshots[0]?.trust));
      for (const each of snapshots) put(store, each);
      full.push(performance.now() - start);
    }
    const one: number[] = [];
    for (let repeat = 0; repeat < 200; repeat += 1) {
      const changed = snapshot(repeat % size, ["web", `caller-${repeat}`]);
      const start = performance.now();
      put(store, changed);
      one.push(performance.now() - start);
    }
    rows.push({ what: "full build", services: size, ms: median(full) });
    rows.push({ what: "one-service change, build", services: size, ms: median(one) });
  }
  return rows;
}
