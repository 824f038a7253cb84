// The Consul source over HTTPS with many services, ACLs on default allow, and a server that dies and comes back.
import { makeCa, type PrivateCa } from "../../tools/demo/pki";
import { addressOf, type Watched, watchConsul } from "../support/consul-events";
import { type ConsulServer, startConsulServer } from "../support/consul-server";
import { describePart, realConsul } from "../support/real-parts";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 21_140 },
  { version: "1.8.19", old: true, portBase: 21_150 },
] as const;
/** More than one HTTP/2 connection of Consul carries (250), and than HTTP/1.1 connections are allowed (200). */
const COUNT = 300;
const NAMES = Array.from({ length: COUNT }, (_each, at) => `svc-${at}`);

jest.setTimeout(120_000);

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("over HTTPS", realConsul(version), (binary) => {
    let ca: PrivateCa;
    let consul: ConsulServer;
    let token: string;
    const running: Watched[] = [];

    const watch = (caPem: string, named?: string): Watched => {
      const own = addressOf(`https://${named ?? "127.0.0.1"}:${portBase + 4}`);
      const address = named === undefined || own.scheme === "unix" ? own : { ...own, ip: "127.0.0.1" };
      const tls = { caPem, ...(named === undefined && { serverName: "server.dc1.consul" }) };
      const watched = watchConsul({ addresses: [address], tls: () => tls, token: () => token });
      running.push(watched);
      return watched;
    };
    const register = (name: string, port: number) =>
      consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: "ext-1", Address: "10.1.2.3", SkipNodeUpdate: true },
        Service: { ID: name, Service: name, Port: port },
      });
    const link = (names: readonly string[]) =>
      consul.call("PUT", "/v1/config", {
        ...{ Kind: "terminating-gateway", Name: "egress" },
        Services: names.map((Name) => ({ Name })),
      });
    const seen = (watched: Watched, kind: "leaf" | "instances" | "intentions" | "config"): number =>
      new Set(watched.events.flatMap((event) => (event.kind === kind ? [event.service] : []))).size;

    beforeAll(async () => {
      ca = await makeCa("Consul CA");
      const { certPem, keyPem } = await ca.server("server.dc1.consul", "127.0.0.1");
      const tls = { caPem: ca.caPem, certPem, keyPem };
      consul = await startConsulServer({ binary, old, portBase, defaultPolicy: "allow", tls });
      token = await consul.makeToken('service_prefix "" { policy = "write" } node_prefix "" { policy = "read" }');
      for (const name of NAMES) await register(name, 443);
      await link(NAMES);
    });
    afterEach(() => {
      for (const watched of running.splice(0)) watched.stop();
    });
    afterAll(() => consul?.stop());

    test("hundreds of services share a few connections, each with its leaf, and a change of one is seen", async () => {
      const watched = watch(ca.caPem);
      for (const kind of ["leaf", "instances", "intentions", "config"] as const) {
        await watched.until(kind, () => seen(watched, kind) === COUNT, 60_000);
      }
      expect(watched.events.filter(({ kind }) => kind === "problem")).toEqual([]);
      expect(watched.warnings).toEqual([]);
      const sockets = process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)).length;
      expect(sockets).toBeLessThanOrEqual(8);
      await register("svc-299", 444);
      await watched.until("instances", ({ service, instances }) => service === "svc-299" && instances[0]?.port === 444);
    });

    test("default allow is proven by the server, and a wildcard intention is not taken for it", async () => {
      const watched = watch(ca.caPem);
      const first = await watched.until("intentions", ({ service }) => service === "svc-0");
      expect(first.set).toEqual({ intentions: [], defaultAction: "allow" });
      const wildcard = { SourceName: "*", DestinationName: "svc-0", Action: "allow" };
      if (old) await consul.call("POST", "/v1/connect/intentions", wildcard);
      else await consul.call("PUT", "/v1/connect/intentions/exact?source=*&destination=svc-0", { Action: "allow" });
      const next = await watched.until("intentions", ({ set }) => set.intentions.length === 1);
      expect(next).toMatchObject({
        service: "svc-0",
        set: { intentions: [{ source: "*", action: "allow" }], defaultAction: "deny" },
      });
    });

    test("a server with a foreign certificate is not talked to", async () => {
      const { caPem } = await makeCa("Another CA");
      const watched = watch(caPem);
      expect(await watched.problem("roots", undefined, "cannot be reached")).toMatch(/SIGNATURE|CERT|ISSUER/);
      expect(watched.events.filter(({ kind }) => kind !== "problem")).toHaveLength(1);
    });

    test("one of the addresses of a name is verified by the name", async () => {
      const watched = watch(ca.caPem, "server.dc1.consul");
      await watched.until("links", ({ links }) => links.length === COUNT);
      const other = watch(ca.caPem, "server.dc2.consul");
      expect(await other.problem("roots", undefined, "cannot be reached")).toContain("ALTNAME");
    });

    test("a server that is killed and comes back is read again, and nothing was taken away meanwhile", async () => {
      const watched = watch(ca.caPem);
      await watched.until("leaf", () => seen(watched, "leaf") === COUNT, 60_000);
      await watched.until("instances", () => seen(watched, "instances") === COUNT, 60_000);
      await consul.kill();
      await watched.problem("links", undefined, "cannot be reached", 20_000);
      const before = watched.events.length;
      await consul.start();
      await link(NAMES.slice(1));
      await watched.until("links", ({ links }) => links.length === COUNT - 1, 30_000);
      const since = watched.events.slice(before);
      expect(since.filter((event) => event.kind === "instances" && event.instances.length === 0)).toEqual([]);
      expect(since.filter((event) => event.kind === "links" && event.links.length < COUNT - 1)).toEqual([]);
      await register("svc-299", 445);
      await watched.until(
        "instances",
        ({ service, instances }) => service === "svc-299" && instances[0]?.port === 445,
        30_000,
      );
    });
  });
});
