// A gateway replica registers itself with real Consul servers and leaves nothing behind.
import { execFileSync } from "node:child_process";
import { systemClock } from "../../src/runtime/ports";
import { startRegistration } from "../../src/runtime/source/consul/registration";
import type { Replica } from "../../src/runtime/source/consul/registration-body";
import type { Registration } from "../../src/runtime/source/consul/registration-upkeep";
import { makeLog, until } from "../runtime/source/support";
import { addressOf } from "../support/consul-events";
import { type ConsulServer, startConsulServer } from "../support/consul-server";
import { describePart, realConsul } from "../support/real-parts";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 21_120 },
  { version: "1.8.19", old: true, portBase: 21_130 },
] as const;

const REPLICA: Replica = {
  ...{ gateway: "egress", replica: "a", address: "192.0.2.9", port: 8443 },
  taggedAddresses: { wan: { address: "198.51.100.9", port: 443 } },
  meta: { runtime: "tgw" },
};
const LEAST = 'service "egress" { policy = "write" }';

interface Entry {
  readonly Node: { readonly Node: string; readonly Address: string };
  readonly Service: Record<string, unknown>;
  readonly Checks: readonly { readonly Status: string }[];
}

jest.setTimeout(60_000);

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("registration", realConsul(version), (binary) => {
    let consul: ConsulServer;
    const running: Registration[] = [];

    const start = (token: string, replica = REPLICA, upkeepMs = 15_000): Registration => {
      const access = { addresses: [addressOf(consul.address)], token: () => token };
      const options = { access, replica, upkeepMs, clock: systemClock, random: Math.random, log: makeLog() };
      const registration = startRegistration(options);
      running.push(registration);
      return registration;
    };
    const listed = async (): Promise<readonly Entry[]> =>
      (await consul.call("GET", "/v1/health/service/egress")) as readonly Entry[];
    const statuses = async (): Promise<string> =>
      (await listed()).flatMap(({ Checks }) => Checks.map(({ Status }) => Status)).join();
    const eventually = async (test: () => Promise<boolean>): Promise<void> => {
      const end = Date.now() + 10_000;
      while (!(await test())) {
        if (Date.now() > end) throw new Error(`not so: ${test}; ${JSON.stringify(await listed())}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };

    beforeAll(async () => {
      consul = await startConsulServer({ binary, old, portBase });
    });
    afterEach(async () => {
      await Promise.all(running.splice(0).map((each) => each.stop()));
    });
    afterAll(() => consul?.stop());

    test("is critical until it serves, passing while it does, and gone with its node after stop", async () => {
      const rights = 'node "egress-a" { policy = "write" } session "egress-a" { policy = "write" }';
      const registration = start(await consul.makeToken(`${LEAST} ${rights}`));
      await eventually(async () => (await statuses()) === "critical");
      expect((await listed())[0]).toMatchObject({
        Node: { Node: "egress-a", Address: "192.0.2.9" },
        Service: {
          ...{ ID: "egress-a", Service: "egress", Kind: "terminating-gateway", Address: "192.0.2.9", Port: 8443 },
          ...{ Meta: { runtime: "tgw" }, TaggedAddresses: { wan: { Address: "198.51.100.9", Port: 443 } } },
        },
      });
      registration.setServing(true);
      await eventually(async () => (await statuses()) === "passing");
      registration.setServing(false);
      await eventually(async () => (await statuses()) === "critical");
      expect(registration.status()).toEqual({ state: "registered" });
      await registration.stop();
      expect(await listed()).toEqual([]);
      expect(await consul.call("GET", "/v1/catalog/node/egress-a")).toBeNull();
    });

    test("comes back when somebody removes it, and an unchanged one wakes nobody", async () => {
      const registration = start(await consul.makeToken(`${LEAST} node "egress-a" { policy = "write" }`), REPLICA, 100);
      registration.setServing(true);
      await eventually(async () => (await statuses()) === "passing");
      const index = async () => {
        const response = await fetch(`${consul.address}/v1/health/service/egress`, {
          headers: { "x-consul-token": consul.token },
        });
        return response.headers.get("x-consul-index");
      };
      const before = await index();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await index()).toBe(before);
      await consul.call("PUT", "/v1/catalog/deregister", { Node: "egress-a" });
      await eventually(async () => (await statuses()) === "passing");
    });

    test("what somebody writes into the entry between its look and its write stays", async () => {
      const rights = 'node "egress-a" { policy = "write" } session "egress-a" { policy = "write" }';
      const token = await consul.makeToken(`${LEAST} ${rights}`);
      const Config = { connect_timeout_ms: 3300 };
      let looks = 0;
      const seen = (): void => {
        looks += 1;
        if (looks !== 4) return;
        // Node's own events wait: this is done before the gateway's write goes out.
        const [entry] = JSON.parse(ask("GET", "/v1/catalog/service/egress"));
        const { ServiceAddress: Address, ServiceMeta: Meta, ServiceTaggedAddresses: TaggedAddresses } = entry;
        const Service = { ID: "egress-a", Service: "egress", Kind: "terminating-gateway", Address, Port: 8443, Meta };
        const body = {
          Node: "egress-a",
          SkipNodeUpdate: true,
          Service: { ...Service, TaggedAddresses, Proxy: { Config } },
        };
        ask("PUT", "/v1/catalog/register", JSON.stringify(body));
      };
      const ask = (method: string, path: string, body?: string): string => {
        const init = JSON.stringify({ method, body, headers: { "x-consul-token": consul.token } });
        const script = `fetch("${consul.address}${path}", ${init}).then((r) => r.text()).then((t) => process.stdout.write(t))`;
        return execFileSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 10_000 });
      };
      const access = { addresses: [addressOf(consul.address)], token: () => token };
      const ports = { clock: systemClock, random: Math.random, log: makeLog() };
      const proxyConfig = { last: () => ({}), seen };
      const registration = startRegistration({ ...ports, access, replica: REPLICA, upkeepMs: 100, proxyConfig });
      running.push(registration);
      await eventually(async () => looks > 6);
      expect((await listed())[0]?.Service).toMatchObject({ Proxy: { Config } });
      registration.setServing(true);
      await eventually(async () => (await statuses()) === "passing");
      expect((await listed())[0]?.Service).toMatchObject({ Proxy: { Config }, Meta: REPLICA.meta });
    });

    // Transparent callers dial these; servers write them into our entry by themselves.
    test("virtual IPs of linked services survive its upkeep, which wakes nobody", async () => {
      const rights = 'node "egress-a" { policy = "write" } session "egress-a" { policy = "write" }';
      const registration = start(await consul.makeToken(`${LEAST} ${rights}`), REPLICA, 100);
      registration.setServing(true);
      await eventually(async () => (await statuses()) === "passing");
      await consul.call("PUT", "/v1/config", {
        Kind: "terminating-gateway",
        Name: "egress",
        Services: [{ Name: "db" }],
      });
      const mark = async (): Promise<string> => {
        const [entry] = await listed();
        return JSON.stringify([entry?.Service.TaggedAddresses, entry?.Service.ModifyIndex]);
      };
      if (!old) await eventually(async () => (await mark()).includes('"consul-virtual:db":{"Address":"240.0.0.'));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const before = await mark();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await mark()).toBe(before);
      await consul.call("DELETE", "/v1/config/terminating-gateway/egress");
    });

    test("needs no right on a node that is there already, and leaves that node", async () => {
      await consul.call("PUT", "/v1/catalog/register", { Node: "egress-a", Address: "192.0.2.9" });
      const registration = start(await consul.makeToken(LEAST));
      registration.setServing(true);
      await eventually(async () => (await statuses()) === "passing");
      await registration.stop();
      expect(await listed()).toEqual([]);
      expect(await consul.call("GET", "/v1/catalog/node/egress-a")).not.toBeNull();
      await consul.call("PUT", "/v1/catalog/deregister", { Node: "egress-a" });
    });

    // No consul-esm can be had here: its part is played by what it writes.
    test("for consul-esm it carries metadata and a TCP check, whose status is esm's from then on", async () => {
      const rights = 'node "egress-a" { policy = "write" } session "egress-a" { policy = "write" }';
      const registration = start(await consul.makeToken(`${LEAST} ${rights}`), { ...REPLICA, esm: true }, 100);
      registration.setServing(true);
      await eventually(async () => (await statuses()) === "passing,passing");
      const [entry] = (await listed()) as unknown as [{ Node: { Meta: unknown }; Checks: Record<string, unknown>[] }];
      expect(entry.Node.Meta).toEqual({
        ...{ "tgw-gateway": "egress", "external-node": "true", "external-probe": "false" },
      });
      const check = entry.Checks.find(({ CheckID }) => CheckID === "egress-a-listens");
      expect(check?.Definition).toMatchObject({ TCP: "192.0.2.9:8443", Interval: "10s", Timeout: "5s" });
      await consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: "egress-a", SkipNodeUpdate: true },
        Check: { Node: "egress-a", CheckID: "egress-a-listens", Name: "x", Status: "critical", ServiceID: "egress-a" },
      });
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await statuses()).split(",").sort()).toEqual(["critical", "passing"]);
      expect(await consul.call("GET", "/v1/health/service/egress?passing")).toEqual([]);
    });

    test("says which right is missing", async () => {
      const registration = start(await consul.makeToken('service "egress" { policy = "read" }'));
      await until(() => registration.status().reason !== undefined);
      expect(registration.status()).toEqual({
        state: "waiting",
        reason: 'registration refused, token lacks service:write on "egress" and node:write on "egress-a"',
      });
      expect(await listed()).toEqual([]);
    });

    test("refuses a node that an agent runs", async () => {
      // The server's own node.
      const replica = { ...REPLICA, gateway: "server", replica: String(portBase) };
      const registration = start(consul.token, replica);
      await until(() => registration.status().state === "refused");
      expect(registration.status().reason).toContain(`node "server-${portBase}" belongs to a Consul agent`);
      const node = (await consul.call("GET", `/v1/catalog/node/server-${portBase}`)) as { Services: object };
      expect(Object.keys(node.Services)).toEqual(["consul"]);
    });
  });
});
