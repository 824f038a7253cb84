// Subsets of a service-resolver on a real Consul, which evaluates their filters, and a real Envoy: callers whose SNI names
// a subset reach its instances only, as the service that they mean. The same story on the oldest and the newest server.
import type { Runtime } from "../../src/runtime/run";
import { type External, startBanner, startHttp } from "../../tools/demo/external";
import { type Caller, type Dial, dial, request } from "../../tools/demo/mesh-client";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 22_300 },
  { version: "1.8.19", old: true, portBase: 22_340 },
] as const;

const V1 = { Filter: 'Service.Meta.version == "v1"' };
const V2 = { Filter: 'Service.Meta.version == "v2"', OnlyPassing: true };

jest.setTimeout(120_000);

const envoyPath = realEnvoy();

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("a gateway with subsets", envoyPath === undefined ? undefined : realConsul(version), (consulPath) => {
    let stage: ConsulStage;
    let runtime: Runtime;
    let web: Caller;
    let rogue: Caller;
    const external = new Map<string, External>();

    const register = (service: string, id: string, port: number, Meta: object, status = "passing") =>
      stage.consul.call("PUT", "/v1/catalog/register", {
        ...{ Node: "external-1", Address: "127.0.0.1" },
        Service: { ID: id, Service: service, Address: "127.0.0.1", Port: port, Meta },
        Checks: [{ Node: "external-1", CheckID: `c-${id}`, Name: "health", Status: status, ServiceID: id }],
      });
    const resolve = (Name: string, entry: object) =>
      stage.consul.call("PUT", "/v1/config", { Kind: "service-resolver", Name, ...entry });
    /** A subset is reached by its own SNI and answers with the identity of its service. */
    const to = async (service: string, subset?: string): Promise<Dial> => {
      const whole = await stage.to(service);
      return subset === undefined ? whole : { ...whole, sni: `${subset}.${whole.sni}` };
    };
    /** What the instance says first; "" where the caller is not let in. */
    const greeting = async (caller: Caller, service: Dial): Promise<string> => {
      try {
        const connection = await dial(caller, { ...service, timeoutMs: 1000 });
        const text = await connection.until((all) => all.includes("\n"), 1000).finally(connection.close);
        return text.trim();
      } catch {
        return "";
      }
    };
    /** Who answers, of many calls in a row; each once. */
    const answering = async (service: Dial, calls = 9): Promise<readonly string[]> => {
      const seen = new Set<string>();
      for (let call = 0; call < calls; call += 1) seen.add(await greeting(web, service));
      return [...seen].sort();
    };
    const httpAnswer = async (caller: Caller, service: Dial, user = "u"): Promise<string | number> => {
      const reply = await request(caller, service, "/", { headers: [`x-user: ${user}`] }).catch(() => undefined);
      return reply?.status === 200 ? (JSON.parse(reply.body).service as string) : (reply?.status ?? "refused");
    };

    beforeAll(async () => {
      stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old, portBase });
      runtime = await stage.start();
      for (const [at, [id, meta, status]] of [
        ["v1", { version: "v1" }, "passing"],
        ["v2", { version: "v2" }, "passing"],
        ["v2-warned", { version: "v2" }, "warning"],
      ].entries() as Iterable<[number, [string, object, string]]>) {
        external.set(id, await startBanner(`${id}\r\n`, "127.0.0.1", portBase + 20 + at));
        await register("banner", `banner-${id}`, portBase + 20 + at, meta, status);
      }
      for (const [at, id] of ["one", "two"].entries()) {
        const port = portBase + 23 + at;
        external.set(id, await startHttp({ name: id, address: "127.0.0.1", port }));
        await register("billing", id, port, { half: id });
      }
      await stage.consul.call("PUT", "/v1/config", { Kind: "service-defaults", Name: "billing", Protocol: "http" });
      await resolve("banner", { Subsets: { v1: V1, v2: V2 } });
      await resolve("billing", { Subsets: { one: { Filter: "Service.Meta.half == one" } } });
      const Services = [{ Name: "banner" }, { Name: "billing" }];
      await stage.consul.call("PUT", "/v1/config", { Kind: "terminating-gateway", Name: "egress", Services });
      for (const service of ["banner", "billing"]) await stage.intend("web", service, "allow");
      web = await stage.caller("web");
      rogue = await stage.caller("rogue");
      await eventually(() => runtime.status().filter(({ state }) => state === "ready").length === 2, 20_000);
      // Ready is published; Envoy has it a moment later.
      const dials = [await to("banner"), await to("banner", "v1"), await to("banner", "v2")];
      for (const each of dials) await eventually(async () => (await greeting(web, each)) !== "", 20_000);
      const one = await to("billing", "one");
      await eventually(async () => (await httpAnswer(web, one)) === "one", 20_000);
    });
    afterAll(async () => {
      await stage?.stop();
      for (const server of external.values()) await server.close();
    });

    test("a subset's SNI leads to its instances, no subset's to all", async () => {
      expect(await answering(await to("banner", "v1"))).toEqual(["v1"]);
      expect(await answering(await to("banner"), 12)).toEqual(["v1", "v2", "v2-warned"]);
    });

    test("where only passing instances count, one with a warning is left alone", async () => {
      expect(await answering(await to("banner", "v2"))).toEqual(["v2"]);
      await register("banner", "banner-v2-warned", portBase + 22, { version: "v2" });
      const v2 = await to("banner", "v2");
      await eventually(async () => (await answering(v2)).join() === "v2,v2-warned");
      await register("banner", "banner-v2-warned", portBase + 22, { version: "v2" }, "warning");
      await eventually(async () => (await answering(v2)).join() === "v2");
    });

    test("a subset that is none is refused", async () => {
      expect(await greeting(web, await to("banner", "v3"))).toBe("");
      expect(await greeting(web, await to("billing", "v1"))).toBe("");
    });

    test("the service's intentions hold for its subsets", async () => {
      const before = external.get("v1")?.connections();
      expect(await greeting(rogue, await to("banner", "v1"))).toBe("");
      expect(external.get("v1")?.connections()).toBe(before);
      expect(await httpAnswer(web, await to("billing", "one"))).toBe("one");
      expect(await httpAnswer(rogue, await to("billing", "one"))).toBe(403);
    });

    test("the default subset is that of callers that name none", async () => {
      await resolve("banner", { Subsets: { v1: V1, v2: V2 }, DefaultSubset: "v1" });
      const banner = await to("banner");
      await eventually(async () => (await answering(banner)).join() === "v1");
      await resolve("banner", { Subsets: { v1: V1, v2: V2 } });
      await eventually(async () => (await answering(banner, 12)).join() === "v1,v2,v2-warned");
    });

    test("a subset goes alone, and comes back with another filter; the other's connections live on", async () => {
      const open = await dial(web, await to("banner", "v1"));
      await open.until((text) => text.includes("v1"));
      const v2 = await to("banner", "v2");
      await resolve("banner", { Subsets: { v1: V1 } });
      await eventually(async () => (await greeting(web, v2)) === "");
      await resolve("banner", { Subsets: { v1: V1, v2: V1 } });
      await eventually(async () => (await greeting(web, v2)) === "v1");
      await open.echo("still here\r\n");
      open.close();
    });

    if (!old) {
      test("requests of one hash reach one instance, those of many reach both", async () => {
        const billing = await to("billing");
        const HashPolicies = [{ Field: "header", FieldValue: "x-user" }];
        const ofOne = async (): Promise<string> => {
          const seen = new Set<string | number>();
          for (let call = 0; call < 10; call += 1) seen.add(await httpAnswer(web, billing));
          return [...seen].sort().join();
        };
        expect(await ofOne()).toBe("one,two");
        await resolve("billing", { LoadBalancer: { Policy: "ring_hash", HashPolicies } });
        await eventually(async () => ["one", "two"].includes(await ofOne()));
        const ofMany = new Set<string | number>();
        for (let user = 0; user < 24; user += 1) ofMany.add(await httpAnswer(web, billing, `user-${user}`));
        expect([...ofMany].sort()).toEqual(["one", "two"]);
      });

      test.each<[string, object]>([
        ["random", {}],
        ["least_request", { LeastRequestConfig: { ChoiceCount: 3 } }],
        // Smaller than Envoy's own smallest ring.
        ["ring_hash", { RingHashConfig: { MaximumRingSize: 100 } }],
        [
          "maglev",
          {
            HashPolicies: [
              { Field: "query_parameter", FieldValue: "user", Terminal: true },
              { Field: "cookie", FieldValue: "pin", CookieConfig: { TTL: "1m", Path: "/app" } },
              { Field: "cookie", FieldValue: "pin-2", CookieConfig: { Session: true } },
            ],
          },
        ],
      ])("Envoy takes the policy %s", async (Policy, more) => {
        const line = () => runtime.view().services.find(({ name }) => name === "billing");
        // A new subset has the policy too: its cluster would not be there if Envoy refused it.
        const subset = Policy.replace("_", "-");
        await resolve("billing", { LoadBalancer: { Policy, ...more }, Subsets: { [subset]: {} } });
        const billing = await to("billing", subset);
        await eventually(async () => ["one", "two"].includes(String(await httpAnswer(web, billing))));
        expect(line()).toMatchObject({ state: "ready", nacks: 0 });
      });
    }
  });
});
