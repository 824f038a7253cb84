// The world of one measurement: a real Consul server (HTTPS, ACLs on default deny), external HTTPS services on loopback,
// N services in the catalog that `web` may call, and what an operator changes while it runs.
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ConsulServer, startConsulServer } from "../demo/consul-server";
import { type External, startBanner, startHttp } from "../demo/external";
import type { Caller, Dial } from "../demo/mesh-client";
import { makeCa } from "../demo/pki";
import { REFUSED } from "./consul-child";
import { sleep } from "./consul-wait";

export interface ConsulBenchStage {
  readonly consul: ConsulServer;
  readonly httpsAddress: string;
  readonly caFile: string;
  readonly lanPort: number;
  readonly names: readonly string[];
  /** `web` with a leaf of Consul's CA and the roots of now; refreshRoots() renews those. */
  caller(): Caller;
  to(service: string): Dial;
  /** Public key of the root that signs now, PEM, after asking for it. */
  refreshRoots(): Promise<string>;
  /** Points service-1 at the other external service; resolves with the name that its answers then have. */
  moveEndpoint(): Promise<string>;
  intend(destination: string, action: "allow" | "deny"): Promise<void>;
  /** Links one more service; resolves with its name. */
  linkOneMore(): Promise<string>;
  rotateRoot(): Promise<void>;
  /** Signing requests that the server refused. */
  refusals(): number;
  stop(): Promise<void>;
}

export const ECHO = "echo";
const NODE = "external-1";
const SPARE = 8;
const SNI = "external.test";
const AT_ONCE = 8;

/** Ports: +0 the gateway, +1 and +2 HTTPS services, +3 an echo, +10 to +14 Consul. */
export async function startConsulBenchStage(options: {
  readonly consulPath: string;
  readonly dir: string;
  readonly portBase: number;
  readonly size: number;
}): Promise<ConsulBenchStage> {
  const { consulPath, dir, portBase, size } = options;
  mkdirSync(dir, { recursive: true });
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const ca = await makeCa("External CA");
    const caFile = join(dir, "ca.pem");
    writeFileSync(caFile, ca.caPem);
    const pair = await ca.server(SNI);
    const keep = (external: External): void => void closers.push(() => external.close());
    for (const at of [1, 2]) {
      keep(await startHttp({ name: `external-${at}`, address: "127.0.0.1", port: portBase + at, pair }));
    }
    keep(await startBanner("", "127.0.0.1", portBase + 3));
    const own = await ca.server("127.0.0.1", "localhost", "server.dc1.consul");
    const tls = { caPem: ca.caPem, certPem: own.certPem, keyPem: own.keyPem };
    const consul = await startConsulServer({ binary: consulPath, old: false, portBase: portBase + 10, tls });
    closers.push(consul.stop);
    const monitor = watchRefusals(consul);
    closers.push(async () => monitor.stop());
    const names = Array.from({ length: size }, (_, i) => `service-${i}`);
    const spare = Array.from({ length: SPARE }, (_, i) => `spare-${i}`);

    const register = (name: string, port: number): Promise<unknown> =>
      consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: NODE, Address: "127.0.0.1", NodeMeta: { "external-node": "true" } },
        Service: { ID: name, Service: name, Address: "127.0.0.1", Port: port },
      });
    const intend = async (destination: string, action: "allow" | "deny"): Promise<void> => {
      const query = `source=web&destination=${destination}`;
      await consul.call("PUT", `/v1/connect/intentions/exact?${query}`, { Action: action });
    };
    const link = (linked: readonly string[]): Promise<unknown> =>
      consul.call("PUT", "/v1/config", {
        ...{ Kind: "terminating-gateway", Name: "egress" },
        Services: [{ Name: ECHO }, ...linked.map((name) => ({ Name: name, CAFile: caFile, SNI }))],
      });

    await register(ECHO, portBase + 3);
    await intend(ECHO, "allow");
    const queue = [...names, ...spare];
    const work = async (): Promise<void> => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        await register(name, portBase + 1);
        await intend(name, "allow");
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await link(names);

    const readRoots = async () => (await consul.call("GET", "/v1/connect/ca/roots")) as Roots;
    const leaf = (await consul.call("GET", "/v1/agent/connect/ca/leaf/web")) as Leaf;
    const pemOf = ({ Roots }: Roots): string => Roots.map(({ RootCert }) => RootCert).join("");
    const roots = await readRoots();
    let caller: Caller = { cert: leaf.CertPEM, key: leaf.PrivateKeyPEM, ca: pemOf(roots) };
    const linked = [...names];
    let port = 1;
    return {
      ...{ consul, caFile, names, intend, stop },
      httpsAddress: `https://127.0.0.1:${portBase + 14}`,
      lanPort: portBase + 12,
      caller: () => caller,
      to: (service) => ({
        ...{ host: "127.0.0.1", port: portBase, timeoutMs: 2000 },
        sni: `${service}.default.dc1.internal.${roots.TrustDomain}`,
        spiffe: `spiffe://${roots.TrustDomain}/ns/default/dc/dc1/svc/${service}`,
      }),
      async refreshRoots() {
        const now = await readRoots();
        caller = { ...caller, ca: pemOf(now) };
        return now.Roots.find(({ Active }) => Active)?.RootCert ?? "";
      },
      async moveEndpoint() {
        port = 3 - port;
        await register("service-1", portBase + port);
        return `external-${port}`;
      },
      async linkOneMore() {
        const name = spare.shift();
        if (name === undefined) throw new Error("no service is left to link");
        linked.push(name);
        await link(linked);
        return name;
      },
      async rotateRoot() {
        const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        await consul.call("PUT", "/v1/connect/ca/configuration", {
          Provider: "consul",
          Config: { LeafCertTTL: "72h", PrivateKey: privateKey.export({ type: "sec1", format: "pem" }) },
        });
      },
      refusals: monitor.count,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Roots {
  readonly TrustDomain: string;
  readonly Roots: readonly { readonly RootCert: string; readonly Active: boolean }[];
}

interface Leaf {
  readonly CertPEM: string;
  readonly PrivateKeyPEM: string;
}

/** Reads the server's log over its API, as `consul monitor` does. */
function watchRefusals(consul: ConsulServer): { readonly count: () => number; readonly stop: () => void } {
  let count = 0;
  const abort = new AbortController();
  const init = { headers: { "x-consul-token": consul.token }, signal: abort.signal };
  const read = async (): Promise<void> => {
    const answer = await fetch(`${consul.address}/v1/agent/monitor?loglevel=warn`, init);
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) count += decoder.decode(chunk).match(REFUSED)?.length ?? 0;
  };
  const follow = async (): Promise<void> => {
    // A log that is silent for minutes ends the answer: ask again.
    while (!abort.signal.aborted) {
      await read().catch(() => undefined);
      if (!abort.signal.aborted) await sleep(200);
    }
  };
  void follow();
  return { count: () => count, stop: () => abort.abort() };
}
