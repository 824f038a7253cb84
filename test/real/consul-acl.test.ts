// The derived ACL policy is enough and nothing in it is spare: on a real Consul with default deny each rule is weakened and
// removed in turn. What fails is the stated thing of the stated service; the others are served. Oldest and newest server.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { aclRules } from "../../src/model/acl";
import type { AclProps } from "../../src/model/acl-props";
import { formatIssue } from "../../src/model/issues";
import type { ServiceProps } from "../../src/model/props";
import { validate } from "../../src/model/validate";
import type { Runtime } from "../../src/runtime/run";
import { type External, startBanner, startHttp } from "../../tools/demo/external";
import { type Caller, type Dial, dial, request } from "../../tools/demo/mesh-client";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 22_500 },
  { version: "1.8.19", old: true, portBase: 22_550 },
] as const;
const NAMES = ["billing", "banner", "mail"] as const;
type Name = (typeof NAMES)[number];
type Rules = Record<string, Record<string, { policy: string }>>;

jest.setTimeout(120_000);

const envoyPath = realEnvoy();

function derived(services: readonly ServiceProps[], acl: AclProps = { replicas: ["a"] }): Rules {
  const declaration = { name: "egress", datacenter: "dc1", acl, services };
  const model = validate<string>(declaration, (leaf) => leaf);
  if (!model.ok) throw new Error(model.error.map(formatIssue).join("\n"));
  return JSON.parse(aclRules(model.value));
}

/** Each service on a node of its own, so that each rule concerns one. */
const SERVICES = NAMES.map(
  (name) => ({ name, instances: [{ address: "127.0.0.1", port: 1, node: `ext-${name}` }], plaintext: true }) as const,
);
const FULL = derived(SERVICES);

function without(kind: string, name: string): Rules {
  const { [name]: _, ...rest } = FULL[kind] ?? {};
  return { ...FULL, [kind]: rest };
}

const readOnly = (kind: string, name: string): Rules => ({
  ...FULL,
  [kind]: { ...FULL[kind], [name]: { policy: "read" } },
});

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("the derived policy", envoyPath === undefined ? undefined : realConsul(version), (consulPath) => {
    const externals = new Map<Name, External>();
    let stage: ConsulStage;
    let runtime: Runtime;
    let web: Caller;
    let to: Record<Name, Dial>;
    let token: string;

    const grant = (rules: Rules) => stage.consul.setRules(token, JSON.stringify(rules));
    const link = (names: readonly string[]) =>
      stage.consul.call("PUT", "/v1/config", {
        ...{ Kind: "terminating-gateway", Name: "egress" },
        Services: names.map((Name) => ({ Name })),
      });
    /** Everything that Consul says of these services is asked anew. */
    const linkAnew = async (rules: Rules): Promise<void> => {
      await grant(FULL);
      await link([]);
      await eventually(() => runtime.status().length === 0, 20_000);
      await grant(rules);
      await link(NAMES);
    };
    /** What a caller gets: the service's own answer is "served". */
    const answer = async (name: Name): Promise<string> => {
      try {
        if (name === "billing") {
          const { status } = await request(web, to.billing, "/");
          return status === 200 ? "served" : String(status);
        }
        const connection = await dial(web, to[name]);
        const text = await connection.until((all) => all.includes("\n"), 1000).finally(connection.close);
        return text === `${name}\r\n` ? "served" : text;
      } catch {
        return "closed";
      }
    };
    const others = (name: Name): readonly Name[] => NAMES.filter((each) => each !== name);
    const served = async (names: readonly Name[]): Promise<boolean> =>
      (await Promise.all(names.map(answer))).every((each) => each === "served");
    const reasonOf = (name: string): string => runtime.status().find((each) => each.name === name)?.reason ?? "";
    const says = (name: string, text: string) => eventually(() => reasonOf(name).includes(text), 20_000);
    const start = async (): Promise<void> => {
      runtime = await stage.start({ tokenFile: join(stage.dir, "own-token") });
    };
    /** The node is made anew by the gateway, which starts with these rules. */
    const restart = async (rules: Rules): Promise<void> => {
      await runtime.stop();
      await stage.consul.call("PUT", "/v1/catalog/deregister", { Node: "egress-a" });
      await grant(rules);
      await start();
    };
    const registrationSays = (text: string) =>
      eventually(() => runtime.view().registration?.reason?.includes(text) === true, 20_000);

    beforeAll(async () => {
      stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old, portBase });
      for (const [at, name] of NAMES.entries()) {
        const port = portBase + 20 + at;
        const http = { name, address: "127.0.0.1", port };
        externals.set(
          name,
          await (name === "billing" ? startHttp(http) : startBanner(`${name}\r\n`, "127.0.0.1", port)),
        );
        await stage.consul.call("PUT", "/v1/catalog/register", {
          ...{ Node: `ext-${name}`, Address: "127.0.0.1" },
          Service: { ID: name, Service: name, Address: "127.0.0.1", Port: port },
        });
        await stage.intend("web", name, "allow");
      }
      await stage.consul.call("PUT", "/v1/config", { Kind: "service-defaults", Name: "billing", Protocol: "http" });
      token = await stage.consul.makeToken(JSON.stringify(FULL));
      writeFileSync(join(stage.dir, "own-token"), token, { mode: 0o600 });
      web = await stage.caller("web");
      to = { billing: await stage.to("billing"), banner: await stage.to("banner"), mail: await stage.to("mail") };
      await start();
    });
    afterAll(async () => {
      await stage?.stop();
      for (const external of externals.values()) await external.close();
    });

    test("names the gateway, its services, nodes and session, and nothing else", () => {
      const [read, write] = [{ policy: "read" }, { policy: "write" }];
      expect(FULL).toEqual({
        node: { "egress-a": write, "ext-banner": read, "ext-billing": read, "ext-mail": read },
        service: { banner: write, billing: write, egress: write, mail: write },
        session: { "egress-a": write },
      });
    });

    // A server hands out a leaf that it has signed once to whoever may ask it: each service is weakened before its first.
    test.each(NAMES.map((name, at) => ({ name, before: NAMES.slice(0, at) })))(
      "service:read on $name instead of write: no leaf, so its callers are closed; those before it are served",
      async ({ name, before }) => {
        await grant(readOnly("service", name));
        await link([...before, name]);
        await says(name, `leaf refused, token lacks service:write on "${name}"`);
        await eventually(() => runtime.view().services.find((each) => each.name === name)?.instances?.total === 1);
        const connections = externals.get(name)?.connections();
        expect(await answer(name)).toBe("closed");
        // Neither does one without a certificate get past, to instances that are known.
        await expect(dial({ ca: web.ca }, to[name])).rejects.toThrow();
        expect(externals.get(name)?.connections()).toBe(connections);
        expect(await served(before)).toBe(true);
        expect(before.map(reasonOf).join("")).toBe("");
        await grant(FULL);
        await eventually(() => served([...before, name]), 30_000);
        expect(reasonOf(name)).toBe("");
      },
    );

    test.each(NAMES)("without the rule for the service %s: its link is hidden, so it is closed", async (name) => {
      await linkAnew(without("service", name));
      await eventually(() => served(others(name)), 20_000);
      const hidden = `linked services are hidden: token lacks service:read on "${name}"`;
      for (const each of others(name)) await says(each, hidden);
      expect(runtime.status().map((each) => each.name)).toEqual([...others(name)].sort());
      expect(await answer(name)).toBe("closed");
    });

    test.each(NAMES)("without node:read on the node of %s: its instances are hidden", async (name) => {
      await linkAnew(without("node", `ext-${name}`));
      await eventually(() => served(others(name)), 20_000);
      await says(name, old ? "or the token lacks node:read" : `token lacks node:read on nodes of "${name}"`);
      expect(others(name).map(reasonOf).join("")).toBe("");
      await eventually(async () => (await answer(name)) === (name === "billing" ? "503" : "closed"));
    });

    test("without the rule for the gateway: links are not followed; what was linked is served", async () => {
      await linkAnew(FULL);
      await eventually(() => served(NAMES), 20_000);
      await grant(without("service", "egress"));
      await link([...NAMES, "late"]);
      for (const name of NAMES) await says(name, 'linked services refused, token lacks service:read on "egress"');
      expect(runtime.status().map((each) => each.name)).not.toContain("late");
      expect(await served(NAMES)).toBe(true);
    });

    test.each([
      {
        what: "without the rule for the gateway",
        rules: without("service", "egress"),
        lacks: 'service:write on "egress"',
      },
      { what: "service:read on the gateway", rules: readOnly("service", "egress"), lacks: 'service:write on "egress"' },
      {
        what: "without the rule for its own node",
        rules: without("node", "egress-a"),
        lacks: 'node:write on "egress-a"',
      },
      { what: "node:read on its own node", rules: readOnly("node", "egress-a"), lacks: 'node:write on "egress-a"' },
    ])("$what: it is not registered, and serves all the same", async ({ rules, lacks }) => {
      await restart(rules);
      await registrationSays(lacks);
      await eventually(() => served(NAMES), 20_000);
    });

    test.each([
      { what: "without the rule for its session", rules: without("session", "egress-a") },
      { what: "session:read on its own session", rules: readOnly("session", "egress-a") },
    ])("$what: it is registered and serves; killed hard it would stay, which it says", async ({ rules }) => {
      await restart(rules);
      await registrationSays('its session refused, token lacks session:write on "egress-a"');
      await eventually(() => served(NAMES), 20_000);
      expect(runtime.view().registration?.state).toBe("registered");
    });

    test("with all rules: registered, everything served, and no word of a right", async () => {
      await restart(FULL);
      await link(NAMES);
      await eventually(() => runtime.view().registration?.state === "registered", 20_000);
      await eventually(() => served(NAMES), 20_000);
      await eventually(() => NAMES.every((name) => reasonOf(name) === ""), 20_000);
      expect(runtime.view().registration).toEqual({ state: "registered" });
    });

    test("a replica whose name nobody knew: the start of it is enough, and neither rule can be left out", async () => {
      const rules = derived(SERVICES, { replicaPrefix: "a" });
      const prefix = { "egress-a": { policy: "write" } };
      expect(rules).toMatchObject({ node_prefix: prefix, session_prefix: prefix });
      expect(rules).not.toHaveProperty("session");
      await restart(rules);
      await eventually(() => runtime.view().registration?.state === "registered", 20_000);
      await eventually(async () => ((await stage.consul.call("GET", "/v1/session/list")) as []).length > 0, 20_000);
      expect(runtime.view().registration).toEqual({ state: "registered" });
      const { node_prefix: _nodes, ...noNode } = rules;
      await restart(noNode);
      await registrationSays('node:write on "egress-a"');
      const { session_prefix: _sessions, ...noSession } = rules;
      await restart(noSession);
      await registrationSays('token lacks session:write on "egress-a"');
      await restart(FULL);
    });

    test("a wildcard link: every service, every node, and neither can be left out", async () => {
      const any = derived([{ name: "*", wildcard: true, plaintext: true }]);
      expect(Object.keys(any)).toEqual(["node", "node_prefix", "service_prefix", "session"]);
      await link([]);
      await eventually(() => runtime.status().length === 0, 20_000);
      await grant(any);
      await link(["*"]);
      await eventually(() => served(NAMES), 20_000);
      const { node = {}, node_prefix = {}, service_prefix = {}, session = {} } = any;
      await restart({ node, service_prefix, session });
      for (const name of NAMES) await says(name, "node:read");
      await restart({ node, node_prefix, session });
      await registrationSays('service:write on "egress"');
    });
  });
});
