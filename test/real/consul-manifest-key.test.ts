// A manifest in the KV store of a real Consul: two replicas with real Envoys follow it, with exactly the derived rights.
// The same on the oldest and the newest server.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../src/model/manifest";
import type { GatewayProps, ServiceProps } from "../../src/model/props";
import type { Flags } from "../../src/runtime/config";
import type { Runtime } from "../../src/runtime/run";
import { type Caller, request } from "../../tools/demo/mesh-client";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually, manifestText, sleep } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 22_600 },
  { version: "1.8.19", old: true, portBase: 22_650 },
] as const;
const KEY = "consul-terminating-gateway/egress";
const FROM = `Consul key ${KEY}`;
const RIGHTS = { replicas: ["a", "b"], declared: { delivery: "kv" } } as const;

jest.setTimeout(120_000);

const envoyPath = realEnvoy();

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("a manifest by its KV key", envoyPath === undefined ? undefined : realConsul(version), (consulPath) => {
    let stage: ConsulStage;
    let a: Runtime;
    let b: Runtime;
    let web: Caller;

    const textOf = (requestMs: number, more: Partial<GatewayProps> = {}): string => {
      const place = { name: "billing", address: "127.0.0.1", port: portBase + 1 };
      const billing: ServiceProps = { ...place, protocol: "http", plaintext: true, timeouts: { requestMs } };
      const bind = { port: portBase };
      return manifestText({ name: "egress", datacenter: "dc1", delivery: "kv", bind, services: [billing], ...more });
    };
    const write = (text: string) => stage.consul.call("PUT", `/v1/kv/${KEY}`, text);
    const remove = () => stage.consul.call("DELETE", `/v1/kv/${KEY}`);
    /** Timeouts of routes, as Envoy itself has them. */
    const timeouts = async ({ admin }: Runtime): Promise<readonly string[]> =>
      JSON.stringify(await admin?.configDump()).match(/(?<="timeout":")[0-9.]+s/g) ?? [];
    const have = async (timeout: string, ...runtimes: readonly Runtime[]): Promise<boolean> =>
      (await Promise.all(runtimes.map(timeouts))).every((each) => each.includes(timeout));
    const statesOf = (...runtimes: readonly Runtime[]) => runtimes.map((each) => each.view().manifest?.state);
    const reasons = (level: string): readonly unknown[] =>
      stage.lines.filter((line) => line.level === level).map(({ fields }) => fields.reason);
    const startB = (flags: Flags = {}): Promise<Runtime> => {
      const places = { stateDir: join(stage.dir, "state-b"), runDir: join(stage.dir, "run-b") };
      return stage.start({ manifestKv: KEY, replica: "b", address: `127.0.0.1:${portBase + 8}`, ...places, ...flags });
    };
    const billing = async (): Promise<number> => {
      const reply = await request(web, await stage.to("billing"), "/").catch(() => undefined);
      return reply?.status ?? 0;
    };

    beforeAll(async () => {
      stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old, portBase, ...RIGHTS });
      await stage.declare();
      await stage.intend("web", "billing", "allow");
      web = await stage.caller("web");
      a = await stage.start({ manifestKv: KEY });
      b = await startB({ bindAddress: [`127.0.0.1:${portBase + 8}`] });
    });
    afterAll(() => stage?.stop());

    test("a key that is not there keeps nobody from starting, and is told", async () => {
      await eventually(async () => (await billing()) === 200, 20_000);
      expect(a.view().manifest).toEqual({ from: FROM, state: "absent" });
    });

    test("every replica applies what is written to it, and each change", async () => {
      for (const requestMs of [1234, 2345]) {
        await write(textOf(requestMs));
        await eventually(() => have(`${requestMs / 1000}s`, a, b));
      }
      expect(a.view().manifest).toEqual({ from: FROM, state: "applied" });
      expect(await billing()).toBe(200);
    });

    test("a manifest with mistakes is refused, all of them told with their paths, and the last good one serves", async () => {
      const broken = JSON.parse(textOf(3456));
      broken.services[0].instances[0].port = 0;
      broken.services[0].timeouts.connectMs = "soon";
      await write(canonicalJson(broken));
      await eventually(() => statesOf(a, b).every((state) => state === "kept"));
      const told = reasons("error").join("\n");
      expect(told).toMatch(/^services\[0\]\.instances\[0\]\.port: got 0/m);
      expect(told).toMatch(/^services\[0\]\.timeouts\.connectMs: got/m);
      await write("{");
      await eventually(() => a.view().manifest?.reason?.includes("text that is not JSON") === true);
      await write(textOf(3456, { name: "other" }));
      await eventually(() => a.view().manifest?.reason?.includes("no such gateway") === true);
      expect(await have("2.345s", a, b)).toBe(true);
      await write(textOf(3456));
      await eventually(() => have("3.456s", a, b));
      expect(statesOf(a, b)).toEqual(["applied", "applied"]);
    });

    test("without key:read the last good one serves, and what is lacking is told", async () => {
      const token = readFileSync(join(stage.dir, "token"), "utf8");
      const rules = (await stage.consul.call("GET", "/v1/acl/policies").then(async (policies) => {
        const [own] = (policies as { ID: string; Name: string }[]).filter(({ Name }) => Name.startsWith("p-"));
        return stage.consul.call("GET", `/v1/acl/policy/${own?.ID}`);
      })) as { Rules: string };
      const { key, ...others } = JSON.parse(rules.Rules);
      expect(key).toEqual({ [KEY]: { policy: "read" } });
      await stage.consul.setRules(token, JSON.stringify(others));
      await write(textOf(4567));
      const reason = `manifest "${KEY}" refused, token lacks key:read on "${KEY}"`;
      await eventually(() => a.view().manifest?.reason === reason, 20_000);
      expect(statesOf(a)).toEqual(["kept"]);
      expect(await have("3.456s", a)).toBe(true);
      await stage.consul.setRules(token, rules.Rules);
      await eventually(() => statesOf(a, b).every((state) => state === "applied"), 30_000);
      await eventually(() => have("4.567s", a, b));
    });

    test("restarted while Consul is away it keeps the last good one, and says since when; then it follows again", async () => {
      await b.stop();
      await stage.consul.kill();
      b = await startB({ bindAddress: [`127.0.0.1:${portBase + 8}`] });
      await eventually(() => have("4.567s", b), 20_000);
      expect(b.view().manifest).toEqual({
        ...{ from: FROM, state: "kept" },
        reason: expect.stringMatching(/cannot be reached: ECONNREFUSED; the last good one of 20\d\d-[^ ]+Z serves$/),
      });
      await stage.consul.start();
      await write(textOf(5678));
      await eventually(() => have("5.678s", a, b), 60_000);
      expect(statesOf(a, b)).toEqual(["applied", "applied"]);
    });

    test("where it listens comes from the manifest as well, and a change of that is told and counts after a restart", async () => {
      await b.stop();
      await write(textOf(5678, { bind: { port: portBase + 9 } }));
      b = await startB();
      await eventually(() => have("5.678s", b), 20_000);
      const listeners = JSON.stringify(await b.admin?.configDump()).match(/default:127\.0\.0\.1:\d+/g);
      expect(new Set(listeners)).toEqual(new Set([`default:127.0.0.1:${portBase + 9}`]));
      const warned = () =>
        stage.lines.filter(({ message }) => message.startsWith("the manifest's bind changed")).length;
      await eventually(() => warned() === 1);
      await write(textOf(5678));
      await eventually(() => warned() === 2);
    });

    test("a key that is replaced is never gone; one that is deleted leaves what Consul says", async () => {
      const absent = () => stage.lines.filter(({ message }) => message.startsWith("no manifest")).length;
      const before = absent();
      await remove();
      await write(textOf(6789));
      await eventually(() => have("6.789s", a, b));
      await sleep(1_200);
      expect(absent()).toBe(before);
      await remove();
      await eventually(async () => !(await have("6.789s", a)) && !(await have("6.789s", b)));
      expect(statesOf(a, b)).toEqual(["absent", "absent"]);
      const kept = JSON.parse(readFileSync(join(stage.dir, "state/egress/last-good-manifest.json"), "utf8"));
      expect(kept).toMatchObject({ key: KEY, text: null });
      expect(await billing()).toBe(200);
    });
  });
});
