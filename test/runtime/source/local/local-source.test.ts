import { X509Certificate } from "node:crypto";
import type { GatewayModel, ServiceModel } from "../../../../src/model/gateway";
import { openState } from "../../../../src/runtime/persist";
import type { WatchEvent } from "../../../../src/runtime/snapshot/state";
import { openAuthority } from "../../../../src/runtime/source/local/authority";
import { startLocalSource } from "../../../../src/runtime/source/local/local-source";
import { makeFakeClock, makeLog, makeTempDir, until } from "../support";

const billing: ServiceModel = {
  name: "billing",
  protocol: "tcp",
  instances: [{ id: "billing", node: "n1", address: "10.0.0.9", port: 443, weight: 1 }],
  upstream: { mode: "tls", caFile: "/etc/ca.pem", insecureSkipVerify: false },
  disableAutoHostRewrite: false,
  intentions: [{ source: "web", action: "allow", precedence: 9 }],
  maxConnections: 100,
  connectTimeoutMs: 5000,
  requestTimeoutMs: 15_000,
  idleTimeoutMs: 60_000,
  onRevoke: "drain",
  meta: {},
  tags: [],
};
const ledger: ServiceModel = {
  ...billing,
  name: "ledger",
  upstream: { mode: "plaintext" },
  disableAutoHostRewrite: true,
};

const model = (...services: ServiceModel[]): GatewayModel => ({
  name: "egress",
  datacenter: "dc1",
  bind: { address: "127.0.0.1", port: 8443 },
  defaultIntention: "deny",
  acl: { enabled: true, token: true, replicas: [] },
  meta: {},
  delivery: "file",
  services,
});

async function setUp(first: GatewayModel) {
  const clock = makeFakeClock();
  const authority = await openAuthority(await openState(makeTempDir()), clock);
  const events: WatchEvent[] = [];
  const log = makeLog();
  const source = startLocalSource({ model: first, authority, emit: (event) => events.push(event), clock, log });
  const leavesOf = () => events.flatMap((event) => (event.kind === "leaf" ? [event] : []));
  const leaves = async (count: number) => {
    await until(
      () => leavesOf().length >= count,
      () => events,
    );
    return leavesOf();
  };
  /** What was emitted since the last call, leaves apart. */
  const news = () => events.splice(0).filter((event) => event.kind !== "leaf");
  return { authority, source, events, log, leaves, news };
}

it("says everything that a catalog would, in terms of the gateway", async () => {
  const { authority, source, leaves, news } = await setUp(model(billing, ledger));
  const leaf = (await leaves(2)).find(({ service }) => service === "billing");
  const config = {
    protocol: "tcp",
    connectTimeoutMs: 5000,
    requestTimeoutMs: 15_000,
    idleTimeoutMs: 60_000,
    maxConnections: 100,
    onRevoke: "drain",
  };
  const instances = [{ id: "billing", address: "10.0.0.9", port: 443, weight: 1, healthy: true }];
  const set = { intentions: [{ source: "web", action: "allow", precedence: 9 }], defaultAction: "deny" };
  expect(news()).toEqual([
    { kind: "roots", bundle: authority.bundle() },
    {
      kind: "identity",
      identity: {
        name: "egress",
        datacenter: "dc1",
        binds: [{ name: "default", address: "127.0.0.1", port: 8443 }],
      },
    },
    {
      kind: "links",
      links: [
        {
          name: "billing",
          upstream: { mode: "tls", caFile: "/etc/ca.pem", insecureSkipVerify: false },
          autoHostRewrite: true,
        },
        { name: "ledger", upstream: { mode: "plaintext" }, autoHostRewrite: false },
      ],
    },
    { kind: "config", service: "billing", config },
    { kind: "instances", service: "billing", instances },
    { kind: "intentions", service: "billing", set },
    { kind: "config", service: "ledger", config },
    { kind: "instances", service: "ledger", instances },
    { kind: "intentions", service: "ledger", set },
  ]);
  expect(new X509Certificate(leaf?.leaf.certPem ?? "").subjectAltName).toBe(
    `URI:spiffe://${authority.trustDomain}/ns/default/dc/dc1/svc/billing`,
  );
  source.stop();
});

it("emits only what a new declaration changes, links always complete", async () => {
  const { source, leaves, news } = await setUp(model(billing, ledger));
  await leaves(2);
  news();
  source.apply(model({ ...billing }, ledger));
  expect(news()).toEqual([]);

  const intentions = [{ source: "api", action: "allow" as const, precedence: 9 }];
  source.apply(model({ ...billing, intentions }, ledger));
  expect(news()).toEqual([{ kind: "intentions", service: "billing", set: { intentions, defaultAction: "deny" } }]);

  source.apply(model(ledger));
  expect(news()).toEqual([
    { kind: "links", links: [{ name: "ledger", upstream: { mode: "plaintext" }, autoHostRewrite: false }] },
  ]);

  source.apply(model(billing, ledger));
  expect(news().map((event) => event.kind)).toEqual(["links", "config", "instances", "intentions"]);
  const [again] = await leaves(1);
  expect(again?.service).toBe("billing");
  source.stop();
});

it("gives the new root before the leaves that it signed", async () => {
  const { authority, source, events, leaves } = await setUp(model(billing));
  await leaves(1);
  events.splice(0);
  await authority.rotateRoot();
  const [leaf] = await leaves(1);
  expect(events.map((event) => event.kind)).toEqual(["roots", "leaf"]);
  const root = new X509Certificate(authority.bundle().roots[0] ?? "");
  expect(new X509Certificate(leaf?.leaf.certPem ?? "").verify(root.publicKey)).toBe(true);
  source.stop();
});

it("names services by namespace and partition, and their leaves too", async () => {
  const { authority, source, leaves } = await setUp({
    ...model(billing, { ...ledger, namespace: "money" }),
    namespace: "default",
    partition: "north",
  });
  const all = await leaves(2);
  const uriOf = (index: number) => new X509Certificate(all[index]?.leaf.certPem ?? "").subjectAltName;
  expect(all.map(({ service }) => service).sort()).toEqual(["north/default/billing", "north/money/ledger"]);
  expect([uriOf(0), uriOf(1)].sort()).toEqual([
    `URI:spiffe://${authority.trustDomain}/ap/north/ns/default/dc/dc1/svc/billing`,
    `URI:spiffe://${authority.trustDomain}/ap/north/ns/money/dc/dc1/svc/ledger`,
  ]);
  source.stop();
});

it("ignores a wildcard link and says so until it is gone", async () => {
  const wildcard: ServiceModel = { ...ledger, name: "*", instances: [] };
  const { source, leaves, news, log } = await setUp(model(wildcard, billing));
  await leaves(1);
  const reason = "the wildcard link * is ignored: without Consul there is no catalog to expand it from";
  const events = news();
  expect(events).toContainEqual({ kind: "problem", of: { kind: "links" }, reason });
  expect(events.filter((event) => "service" in event && event.service === "*")).toEqual([]);
  expect(log.records).toEqual([
    { level: "warn", message: "wildcard link ignored", fields: { gateway: "egress", reason } },
  ]);
  source.apply(model(billing));
  expect(news().map((event) => event.kind)).toEqual(["links"]);
  source.stop();
});
