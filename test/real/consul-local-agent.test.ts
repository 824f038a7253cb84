// A replica that is registered by the Consul client agent of its host: the agent puts it on its own node and makes it critical
// when it falls silent, with no right of the token but service:write on the gateway. Oldest and newest Consul.
import { type Clock, systemClock } from "../../src/runtime/ports";
import { startAgentRegistration } from "../../src/runtime/source/consul/registration-agent";
import type { Registration } from "../../src/runtime/source/consul/registration-upkeep";
import { type ConsulAgent, startConsulAgent } from "../../tools/demo/consul-agent";
import { makeLog } from "../runtime/source/support";
import { addressOf } from "../support/consul-events";
import { type ConsulServer, startConsulServer } from "../support/consul-server";
import { describePart, realConsul } from "../support/real-parts";
import { eventually } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 21_200 },
  { version: "1.8.19", old: true, portBase: 21_240 },
] as const;
const REAP_AFTER_S = 3;

jest.setTimeout(60_000);

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("a local agent", realConsul(version), (binary) => {
    let consul: ConsulServer;
    let agent: ConsulAgent;
    let least: string;
    const running: Registration[] = [];

    const start = (token = least, port = 8443) => {
      let frozen = false;
      const due: (() => void)[] = [];
      const clock: Clock = {
        now: () => Date.now(),
        setTimer: (ms, fire) => systemClock.setTimer(ms, () => (frozen ? void due.push(fire) : fire())),
      };
      const seen: unknown[] = [];
      const registration = startAgentRegistration({
        access: { addresses: [addressOf(consul.address)], datacenter: "dc1", token: () => token },
        agent: addressOf(agent.address),
        replica: {
          ...{ gateway: "egress", replica: "a", address: "192.0.2.9", port, meta: { runtime: "tgw" } },
          taggedAddresses: { wan: { address: "198.51.100.9", port: 443 } },
        },
        proxyConfig: { last: () => ({ connect_timeout_ms: 1234 }), seen: (config) => seen.push(config) },
        ...{ reapAfterS: REAP_AFTER_S, clock, random: Math.random, log: makeLog() },
      });
      registration.setServing(true);
      running.push(registration);
      return {
        ...{ registration, seen },
        freeze() {
          frozen = true;
        },
        thaw() {
          frozen = false;
          for (const fire of due.splice(0)) fire();
        },
      };
    };
    /** As callers' proxies see it through the servers. */
    const listed = async () =>
      (await consul.call("GET", "/v1/health/service/egress")) as {
        Node: { Node: string };
        Service: Record<string, unknown>;
        Checks: { CheckID: string; Status: string }[];
      }[];
    const status = async (): Promise<string | undefined> =>
      (await listed())[0]?.Checks.find(({ CheckID }) => CheckID === "egress-a-serving")?.Status;
    const becomes = (wanted: string | undefined, ms = 10_000) =>
      eventually(async () => (await status()) === wanted, ms);

    beforeAll(async () => {
      consul = await startConsulServer({ binary, old, portBase });
      least = await consul.makeToken('service "egress" { policy = "write" }');
      const server = { server: consul, serverPortBase: portBase };
      agent = await startConsulAgent({ binary, old, ...server, portBase: portBase + 20 });
    });
    afterEach(async () => {
      await Promise.all(running.splice(0).map((each) => each.stop()));
      // The agent tells the servers a moment later.
      await eventually(async () => (await listed()).length === 0);
    });
    afterAll(async () => {
      await agent?.stop();
      await consul?.stop();
    });

    test("registers it on its own node, with its status, and takes it out on stop", async () => {
      const { registration, seen } = start();
      await becomes("passing");
      expect((await listed())[0]).toMatchObject({
        Node: { Node: agent.name },
        Service: {
          ...{ ID: "egress-a", Service: "egress", Kind: "terminating-gateway", Address: "192.0.2.9", Port: 8443 },
          ...{ Meta: { runtime: "tgw" }, TaggedAddresses: { wan: { Address: "198.51.100.9", Port: 443 } } },
          Proxy: { Config: { connect_timeout_ms: 1234 } },
        },
      });
      expect(seen[0]).toEqual({ connect_timeout_ms: 1234 });
      registration.setServing(false);
      await becomes("critical", 3_000);
      registration.setServing(true);
      await becomes("passing", 3_000);
      expect(registration.status()).toEqual({ state: "registered" });
      await registration.stop();
      await eventually(async () => (await listed()).length === 0);
    });

    test("makes it critical within the time when it falls silent, and passing when it goes on", async () => {
      const replica = start();
      await becomes("passing");
      replica.freeze();
      const before = Date.now();
      await becomes("critical", REAP_AFTER_S * 1_000 + 2_000);
      expect(Date.now() - before).toBeGreaterThan(500);
      replica.thaw();
      await becomes("passing", 3_000);
    });

    test("hears of a changed address when the replica starts again", async () => {
      start().freeze();
      await becomes("passing");
      start(least, 9443);
      await eventually(async () => (await listed())[0]?.Service.Port === 9443);
      await becomes("passing", 3_000);
    });

    test("is restarted and has forgotten everything: the replica is back", async () => {
      const { registration } = start();
      await becomes("passing");
      await agent.kill({ data: true });
      await eventually(() => registration.status().reason !== undefined, 10_000);
      expect(registration.status().reason).toContain("cannot be reached");
      await agent.start();
      await eventually(async () => {
        const known = (await agent.call("GET", "/v1/agent/services")) as object;
        return "egress-a" in known && (await status()) === "passing";
      }, 20_000);
    });

    test("says which right is missing", async () => {
      const { registration } = start(await consul.makeToken('service "egress" { policy = "read" }'));
      await eventually(() => registration.status().reason !== undefined);
      expect(registration.status()).toEqual({
        state: "waiting",
        reason: 'registration refused, token lacks service:write on "egress"',
      });
      expect(await listed()).toEqual([]);
    });
  });
});
