// Logging in with a real jwt auth method, on the oldest and the newest server: no token but the method's, renewed without a
// lost request, fetched anew when it is revoked, given back on stop, and found nowhere but in memory.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Runtime } from "../../src/runtime/run";
import { type Caller, type Dial, probe, request } from "../../tools/demo/mesh-client";
import { BANNER } from "../../tools/demo/world";
import { type Issuer, makeAuthMethod, makeIssuer, tokensOf } from "../support/auth-method";
import { startCalling } from "../support/calling";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually, sleep } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 22_600 },
  { version: "1.8.19", old: true, portBase: 22_650 },
] as const;

jest.setTimeout(120_000);

const envoyPath = realEnvoy();

describe.each(VERSIONS)("Consul $version", ({ version, old, portBase }) => {
  describePart("a gateway that logs in", envoyPath === undefined ? undefined : realConsul(version), (consulPath) => {
    let stage: ConsulStage;
    let runtime: Runtime;
    let issuer: Issuer;
    let bearerTokenFile: string;
    let web: Caller;
    let to: Record<"billing" | "banner", Dial>;
    const secrets = new Set<string>();

    const status = async (): Promise<number | string> =>
      (await request(web, to.billing, "/").catch((error: Error) => ({ status: error.message }))).status;
    const reaches = async (): Promise<boolean> => (await probe(web, to.banner, 400)).startsWith(BANNER);
    const login = () => runtime.view().login;
    /** Tokens of the method that exist now; remembered, to be looked for everywhere at the end. */
    const tokens = async () => {
      const found = await tokensOf(stage.consul);
      for (const { SecretID } of found) secrets.add(SecretID);
      return found;
    };
    const writeBearer = (text: string): void => {
      secrets.add(text);
      writeFileSync(bearerTokenFile, text, { mode: 0o600 });
    };
    const reasons = (): string =>
      runtime
        .status()
        .map(({ reason }) => reason ?? "")
        .join("");
    /** An intention that is changed by hand reaches Envoy: what is live still works. */
    const followsChanges = async (): Promise<void> => {
      await stage.intend("web", "banner", "deny");
      await eventually(async () => !(await reaches()), 30_000);
      await stage.intend("web", "banner", "allow");
      await eventually(reaches, 30_000);
    };

    beforeAll(async () => {
      stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old, portBase });
      issuer = makeIssuer();
      bearerTokenFile = join(stage.dir, "bearer");
      await makeAuthMethod(stage.consul, issuer, stage.rules);
      await stage.declare();
      for (const service of ["billing", "banner"]) await stage.intend("web", service, "allow");
      web = await stage.caller("web");
      to = { billing: await stage.to("billing"), banner: await stage.to("banner") };
    });
    afterAll(() => stage?.stop());

    test("a bearer token that the method refuses: nothing is served, the reason is told, and a good one is taken", async () => {
      writeBearer(issuer.issue("egress", -600));
      runtime = await stage.start({ authMethod: "workload", bearerTokenFile, loginMeta: ["pod=egress-0"] });
      await eventually(() => login()?.reason !== undefined, 20_000);
      expect(login()).toEqual({
        state: "waiting",
        reason: expect.stringMatching(/^auth method "workload": Consul answered \d+: .*token is expired/),
      });
      expect(runtime.status()).toEqual([]);
      writeBearer(issuer.issue("egress"));
      await eventually(async () => (await status()) === 200, 30_000);
      await eventually(reaches, 20_000);
      await eventually(() => runtime.view().registration?.state === "registered", 20_000);
      expect(login()).toEqual({ state: "logged in", until: expect.stringMatching(/^20/) });
      expect(await tokens()).toMatchObject([{ Description: 'token created via login: {"pod":"egress-0"}' }]);
    });

    if (!old) {
      test("renewed before it expires: no request fails, nothing is reported, and changes are followed", async () => {
        const calling = startCalling(status);
        const before = stage.lines.length;
        const first = login()?.until ?? "";
        const said: unknown[] = [];
        await eventually(() => login()?.until !== first, 60_000);
        await tokens();
        while (Date.now() < Date.parse(first) + 3_000) {
          if (reasons() !== "" || login()?.reason !== undefined) said.push(reasons(), login());
          await sleep(100);
        }
        await followsChanges();
        const { calls, failures } = await calling.stop();
        expect(failures).toEqual([]);
        expect(said).toEqual([]);
        expect(calls).toBeGreaterThan(100);
        expect(stage.lines.slice(before).filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
      });
    }

    test("revoked: it logs in again, and nothing is lost", async () => {
      const calling = startCalling(status);
      const before = await tokens();
      for (const { AccessorID } of before) await stage.consul.call("DELETE", `/v1/acl/token/${AccessorID}`);
      await stage.intend("web", "banner", "deny");
      await eventually(async () => !(await reaches()), 40_000);
      await stage.intend("web", "banner", "allow");
      await eventually(reaches, 30_000);
      await eventually(() => reasons() === "" && login()?.reason === undefined, 30_000);
      expect((await calling.stop()).failures).toEqual([]);
      expect((await tokens()).map(({ AccessorID }) => AccessorID)).not.toContain(before[0]?.AccessorID);
    });

    test("revoked, and the bearer token is of no use: the last good state serves until there is a good one", async () => {
      writeBearer(issuer.issue("somebody else"));
      for (const { AccessorID } of await tokens()) await stage.consul.call("DELETE", `/v1/acl/token/${AccessorID}`);
      await stage.intend("web", "banner", "deny");
      await eventually(() => login()?.reason?.includes("Permission denied") === true, 40_000);
      expect(reasons()).toContain("the token is unknown to Consul: revoked or expired");
      expect(await status()).toBe(200);
      expect(await reaches()).toBe(true);
      writeBearer(issuer.issue("egress"));
      await eventually(async () => !(await reaches()), 40_000);
      await eventually(() => reasons() === "" && login()?.reason === undefined, 30_000);
    });

    test("stopped, it has logged out, and no token or bearer token is in any file, line or status", async () => {
      const seen = JSON.stringify(runtime.view());
      await runtime.stop();
      expect(await tokens()).toEqual([]);
      const files = readdirSync(stage.dir, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
      const texts = files
        .filter(({ name }) => name !== "bearer")
        .map((each) => readFileSync(join(each.parentPath, each.name), "utf8"));
      const everything = [seen, JSON.stringify(stage.lines), ...texts].join("\n");
      expect(secrets.size).toBeGreaterThanOrEqual(5);
      for (const secret of secrets) expect(everything).not.toContain(secret);
    });
  });
});
