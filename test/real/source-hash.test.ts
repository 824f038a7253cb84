// A hash of the caller's address on a real Envoy: each caller keeps to one instance, different callers are spread.
import type { HashPolicy, ServiceSnapshot } from "../../src/runtime/snapshot/state";
import type { Authority } from "../../src/runtime/source/local/authority";
import { type External, startHttp } from "../../tools/demo/external";
import { type Caller, request } from "../../tools/demo/mesh-client";
import { instance, snapshot, spiffe } from "../runtime/xds/support/services";
import { describePart, realEnvoy } from "../support/real-parts";
import { type StoreGateway, startStoreGateway } from "../support/store-gateway";

const PORT = 25_500;
const INSTANCES = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];
const CALLERS = Array.from({ length: 20 }, (_, at) => `127.0.1.${at + 1}`);
const CALLS = 4;

describePart("a hash of the caller's address", realEnvoy(), (binary) => {
  let gateway: StoreGateway;
  let authority: Authority;
  let web: Caller;
  const externals: External[] = [];

  const service = async (name: string, hash: readonly HashPolicy[]): Promise<ServiceSnapshot> => {
    const { trustDomain } = authority;
    const config = { protocol: "http", loadBalancer: { policy: "maglev", hash } } as const;
    return {
      ...snapshot({ name, config, intentions: [{ source: "web", action: "allow", precedence: 9 }] }),
      ...{ identity: gateway.identity, trust: authority.bundle() },
      instances: INSTANCES.map((address) => instance(address, PORT + 1)),
      leaf: await authority.issueLeaf({ uri: spiffe(name, { trustDomain }) }),
    };
  };
  /** Addresses of the instances that answer a caller at this address. */
  const answering = async (name: string, from: string): Promise<Set<string>> => {
    const to = { from, host: "127.0.0.1", port: PORT, sni: `${name}.default.dc1.internal.${authority.trustDomain}` };
    const found = new Set<string>();
    for (let call = 0; call < CALLS; call += 1) {
      const { status, body } = await request(web, to, "/");
      expect(status).toBe(200);
      found.add(JSON.parse(body).address);
    }
    return found;
  };

  beforeAll(async () => {
    for (const address of INSTANCES) externals.push(await startHttp({ name: "external", address, port: PORT + 1 }));
    gateway = await startStoreGateway(binary, PORT);
    authority = await gateway.authority();
    const leaf = await authority.issueLeaf({ uri: spiffe("web", authority) });
    web = { cert: leaf.certPem, key: leaf.keyPem, ca: authority.bundle().roots.join("") };
    gateway.publish(await service("hashed", [{ by: "source", terminal: false }]), await service("plain", []));
    await gateway.start(authority.bundle());
  }, 60_000);
  afterAll(async () => {
    await gateway?.stop();
    for (const external of externals) await external.close();
  });

  test("each caller has one instance, and callers share them all", async () => {
    const all = await Promise.all(CALLERS.map((from) => answering("hashed", from)));
    expect(all.map(({ size }) => size)).toEqual(CALLERS.map(() => 1));
    const used = new Set(all.flatMap((each) => [...each]));
    expect(used.size).toBeGreaterThan(1);
  }, 30_000);

  test("without it a caller has no instance of its own", async () => {
    const all = await Promise.all(CALLERS.map((from) => answering("plain", from)));
    expect(Math.max(...all.map(({ size }) => size))).toBeGreaterThan(1);
  }, 30_000);
});
