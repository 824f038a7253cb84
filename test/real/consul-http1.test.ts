// The Consul source over plain HTTP with more services than connections: what changes is seen long before its turn comes.
import { addressOf, type Watched, watchConsul } from "../support/consul-events";
import { type ConsulServer, startConsulServer } from "../support/consul-server";
import { describePart, realConsul } from "../support/real-parts";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 21_260 },
  { version: "1.8.19", old: true, portBase: 21_270 },
] as const;
/** Each has its turn every ten seconds, and holds a connection for less than four of them. */
const COUNT = 300;
const NAMES = Array.from({ length: COUNT }, (_each, at) => `svc-${at}`);
/** Ten changes one after the other would take 50 s on average by turns. */
const SOON_MS = 10_000;

jest.setTimeout(120_000);

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("over plain HTTP", realConsul(version), (binary) => {
    let consul: ConsulServer;
    let watched: Watched;

    const register = (name: string, port: number, node = "ext-1", status = "passing") =>
      consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: node, Address: "10.1.2.3", SkipNodeUpdate: true, NodeMeta: { "external-node": "true" } },
        Service: { ID: name, Service: name, Port: port },
        Check: { CheckID: `${name}:1`, Name: "up", Status: status, ServiceID: name },
      });
    const sees = (name: string, test: (ports: readonly number[], healthy: boolean) => boolean) =>
      watched.until(
        "instances",
        ({ service, instances }) =>
          service === name &&
          test(
            instances.map(({ port }) => port),
            instances.every(({ healthy }) => healthy),
          ),
      );

    beforeAll(async () => {
      consul = await startConsulServer({ binary, old, portBase, defaultPolicy: "allow" });
      for (const name of NAMES) await register(name, 443);
      await consul.call("PUT", "/v1/config", {
        ...{ Kind: "terminating-gateway", Name: "egress" },
        Services: NAMES.map((Name) => ({ Name })),
      });
      watched = watchConsul({ addresses: [addressOf(consul.address)], token: () => consul.token });
      const seen = new Set<string>();
      await watched.until("instances", ({ service }) => seen.add(service).size === COUNT, 60_000);
      // The nodes are known, and watched.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    });
    afterAll(async () => {
      watched?.stop();
      await consul?.stop();
    });

    test("instances that move, get unhealthy, come on a new node and go", async () => {
      const begun = Date.now();
      for (const at of [7, 77, 177, 277]) {
        await register(`svc-${at}`, 8443);
        await sees(`svc-${at}`, ([port]) => port === 8443);
        await register(`svc-${at}`, 8443, "ext-1", "critical");
        await sees(`svc-${at}`, (_, healthy) => !healthy);
      }
      await register("svc-99", 9443, "ext-2");
      await sees("svc-99", (ports) => ports.includes(9443));
      await consul.call("PUT", "/v1/catalog/deregister", { Node: "ext-1", ServiceID: "svc-99" });
      await sees("svc-99", (ports) => ports.length === 1);
      expect(Date.now() - begun).toBeLessThan(SOON_MS);
    });

    test("connections stay below what a server allows one address", () => {
      const sockets = process.getActiveResourcesInfo().filter((name) => name.includes("TCP")).length;
      expect(sockets).toBeLessThanOrEqual(160);
    });
  });
});
