// A secret that Envoy refuses stays its current one and poisons later updates: with one shared set of roots, the next root
// rotation reaches only some services. Here a bad leaf gets past every check on purpose, then the roots change: no other
// service may notice, and the one with the bad leaf keeps its old leaf and must still learn the new roots.
import type { Leaf, ServiceSnapshot, TrustBundle } from "../../src/runtime/snapshot/state";
import type { Authority } from "../../src/runtime/source/local/authority";
import { type External, startBanner } from "../../tools/demo/external";
import { type Caller, probe } from "../../tools/demo/mesh-client";
import { describePart, realEnvoy } from "../support/real-parts";
import { eventually } from "../support/rig";
import { type StoreGateway, startStoreGateway } from "../support/store-gateway";

const PORT = 20700;
const BANNER = "220 ready\r\n";
const NAMES = ["one", "two", "three"] as const;
type Name = (typeof NAMES)[number];

describePart("a poisoned secret", realEnvoy(), (binary) => {
  let gateway: StoreGateway;
  let external: External;
  let oldCa: Authority;
  let newCa: Authority;
  const leaves = new Map<Name, Leaf>();

  const uri = (ca: Authority, name: string): string => `spiffe://${ca.trustDomain}/ns/default/dc/dc1/svc/${name}`;
  const snapshot = (name: Name, leaf: Leaf, trust: TrustBundle): ServiceSnapshot => ({
    name,
    identity: gateway.identity,
    trust,
    leaf,
    subsets: [],
    link: { name, upstream: { mode: "plaintext" }, autoHostRewrite: true },
    instances: [{ id: name, address: "127.0.0.1", port: PORT + 1, weight: 1, healthy: true }],
    intentions: { intentions: [{ source: "web", action: "allow", precedence: 9 }], defaultAction: "deny" },
    config: {
      protocol: "tcp",
      connectTimeoutMs: 1000,
      requestTimeoutMs: 15_000,
      idleTimeoutMs: 60_000,
      maxConnections: 1000,
      onRevoke: "drain",
    },
    revocations: 0,
  });
  const publish = (name: Name, leaf: Leaf, trust: TrustBundle): void => gateway.publish(snapshot(name, leaf, trust));
  const serves = async (who: "old" | "new", name: Name): Promise<boolean> => {
    const authority = who === "old" ? oldCa : newCa;
    // The trust domain is one; only the CA differs, as after a key change.
    const leaf = await authority.issueLeaf({ uri: uri(oldCa, "web") });
    const caller: Caller = { cert: leaf.certPem, key: leaf.keyPem, ca: oldCa.bundle().roots.join("") };
    const sni = `${name}.default.dc1.internal.${oldCa.trustDomain}`;
    return (await probe(caller, { host: "127.0.0.1", port: PORT, sni }, 400)).startsWith(BANNER);
  };
  const table = async (who: "old" | "new"): Promise<boolean[]> => Promise.all(NAMES.map((name) => serves(who, name)));

  beforeAll(async () => {
    external = await startBanner(BANNER, "127.0.0.1", PORT + 1);
    gateway = await startStoreGateway(binary, PORT);
    oldCa = await gateway.authority();
    newCa = await gateway.authority();
    for (const name of NAMES) {
      leaves.set(name, await oldCa.issueLeaf({ uri: uri(oldCa, name) }));
      publish(name, leaves.get(name) as Leaf, oldCa.bundle());
    }
    await gateway.start(oldCa.bundle());
  }, 60_000);
  afterAll(async () => {
    await gateway?.stop();
    await external?.close();
  });

  test("bad leaf, then new roots: every service trusts exactly the new ones; then the leaf is mended", async () => {
    expect(await table("old")).toEqual([true, true, true]);
    expect(await table("new")).toEqual([false, false, false]);

    const other = await oldCa.issueLeaf({ uri: uri(oldCa, "two") });
    const bad: Leaf = { ...other, keyPem: (leaves.get("one") as Leaf).keyPem };
    publish("two", bad, oldCa.bundle());
    await eventually(() => gateway.events.some((event) => event.kind === "nack"));
    expect(gateway.events.find((event) => event.kind === "nack")).toMatchObject({
      type: "secret",
      names: ["leaf/two"],
      detail: expect.stringContaining("KEY_VALUES_MISMATCH"),
    });
    expect(await table("old")).toEqual([true, true, true]);

    const roots = { trustDomain: oldCa.trustDomain, roots: newCa.bundle().roots };
    publish("one", leaves.get("one") as Leaf, roots);
    publish("two", bad, roots);
    publish("three", leaves.get("three") as Leaf, roots);
    await eventually(async () => (await table("new")).every((served) => served));
    expect(await table("old")).toEqual([false, false, false]);

    publish("two", await oldCa.issueLeaf({ uri: uri(oldCa, "two") }), roots);
    await eventually(async () => (await table("new")).every((served) => served));
    expect(await table("old")).toEqual([false, false, false]);
  }, 60_000);

  test("bad leaf, then nobody is allowed: that service admits nobody, before and after the leaf is mended", async () => {
    const roots = { trustDomain: oldCa.trustDomain, roots: newCa.bundle().roots };
    const leaf = await oldCa.issueLeaf({ uri: uri(oldCa, "two") });
    const bad: Leaf = { ...leaf, keyPem: (leaves.get("one") as Leaf).keyPem };
    const forNobody = (of: Leaf): void =>
      gateway.publish({ ...snapshot("two", of, roots), intentions: { intentions: [], defaultAction: "deny" } });
    const nacks = (): number => gateway.events.filter(({ kind }) => kind === "nack").length;
    const before = nacks();
    publish("two", bad, roots);
    await eventually(() => nacks() > before);
    expect(await table("new")).toEqual([true, true, true]);
    forNobody(bad);
    await eventually(async () => !(await serves("new", "two")));
    const acks = (): number =>
      gateway.events.filter((event) => event.kind === "acked" && event.names.includes("leaf/two")).length;
    const acked = acks();
    forNobody(leaf);
    await eventually(() => acks() > acked);
    expect(await table("new")).toEqual([true, false, true]);
    expect(await table("old")).toEqual([false, false, false]);
    publish("two", leaf, roots);
    await eventually(async () => (await table("new")).every((served) => served));
    // Both at once.
    const next = await oldCa.issueLeaf({ uri: uri(oldCa, "two") });
    forNobody({ ...next, keyPem: bad.keyPem });
    await eventually(async () => !(await serves("new", "two")));
    expect(await table("new")).toEqual([true, false, true]);
  }, 60_000);
});
