// A canary scan: what a deployment, a running gateway and every rendered text write down holds no secret, neither while all is
// well nor in what they say when it is not. The secrets are real ones: tokens, the key of a client certificate, keys of leaves.
import { spawnSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayLauncher, GatewayProcess, TerminatingGateway } from "../../src/constructs/cdktf";
import { LAUNCH_FORMS } from "../../src/launch/render-launch";
import type { GatewayProps } from "../../src/model/props";
import type { ConsulServer } from "../support/consul-server";
import { FORM_FLAGS } from "../support/form-flags";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { filesBelow, placesOf } from "../support/iac/places";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack } from "../support/iac/terraform-stack";
import { type LocalGateway, prepareLocalGateway } from "../support/local-gateway";
import { describePart, realConsul, realEnvoy, realTofu } from "../support/real-parts";
import { eventually } from "../support/rig";

jest.setTimeout(180_000);

const PORT = 24800;
const CLI = join(__dirname, "../../bin/consul-tgw.js");
const WRONG_TOKEN = "5ca9a17e-c0de-4bad-8bad-c0ffee15bad0";
const envoyPath = realEnvoy();
const consulPath = envoyPath === undefined ? undefined : realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();

type Texts = Readonly<Record<string, string>>;

describePart("no secret", tofuPath, (tofuBinary) => {
  let consul: ConsulServer;
  let provider: TerraformProvider;
  let stack: DeployableStack;
  let local: LocalGateway;
  let tokenFile = "";
  const certs = (name: string): string => join(local.world.dir, name);
  const secrets = new Map<string, string>();
  /** A line of PEM is enough to recognise a key, however it is embedded. */
  const keep = (name: string, pem: string): void => {
    const [, line = ""] = pem.split("\n");
    expect(line.length).toBeGreaterThan(40);
    secrets.set(name, line);
  };

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24820);
    provider = await startTerraformProvider(consul);
    stack = await openStack(tofuBinary, provider.reattach);
    local = await prepareLocalGateway(envoyPath ?? "", PORT);
    tokenFile = certs("consul-token");
    writeFileSync(tokenFile, `${consul.token}\n`, { mode: 0o600 });
    secrets.set("token", consul.token);
    secrets.set("wrong token", WRONG_TOKEN);
    keep("client key", readFileSync(certs("client-key.pem"), "utf8"));
  });
  afterAll(async () => {
    await stack?.tofu.run("destroy", "-no-color", "-auto-approve");
    await local?.stop();
    stack?.remove();
    provider?.stop();
    await consul?.stop();
  });

  const declaration = (): GatewayProps => ({
    ...{ name: "egress", datacenter: "dc1", bind: { port: PORT } },
    services: [
      {
        ...{ name: "partner", address: "127.0.0.1", port: PORT + 2, protocol: "http", allowFrom: ["web"] },
        tls: {
          ...{ caFile: certs("ca.pem"), sni: "partner.external.test" },
          ...{ certFile: certs("client.pem"), keyFile: certs("client-key.pem") },
        },
      },
    ],
  });
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const all = { PATH: process.env.PATH, HOME: local.options.directory, ...env };
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
      env: all,
      encoding: "utf8",
      timeout: 30_000,
    });
    return { status, text: stdout + stderr };
  };
  const value = (flag: string): string => local.options.arguments[local.options.arguments.indexOf(flag) + 1] ?? "";
  const status = (...flags: readonly string[]) => run(["status", "--run-dir", value("--run-dir"), ...flags]);
  /** Names of places that hold a secret; the private state is the one place for them. */
  const found = (texts: Texts): readonly string[] =>
    [...secrets].flatMap(([name, secret]) => placesOf(secret, texts).map((place) => `${name} in ${place}`));
  const running = (): Texts => ({
    log: local.log(),
    status: status().text,
    "status as JSON": status("--json").text,
    "command lines": local.processes().join("\n"),
    bootstrap: readFileSync(join(value("--run-dir"), "egress", "bootstrap.json"), "utf8"),
  });

  test("in what a deployment and a running gateway write", async () => {
    stack.declare((scope) => {
      const gateway = new TerminatingGateway(scope, "egress", { ...declaration(), outputName: "manifest" });
      const launcher = GatewayLauncher.localExec({
        ...local.options,
        consul: { consulAddr: [consul.address] },
        arguments: [
          ...local.options.arguments.filter((each) => each !== "--standalone"),
          ...["--token-file", tokenFile, "--log-level", "debug", "--json"],
        ],
      });
      new GatewayProcess(scope, "run", { gateway, launcher });
    });
    await stack.apply();
    await stack.plan();
    await eventually(() => status().status === 0, 60_000);
    const leafKey = (): string =>
      /-----BEGIN [A-Z ]*PRIVATE KEY[^"]+/.exec(Object.values(filesBelow(value("--state-dir"))).join("\n"))?.[0] ?? "";
    // What is kept for a restart is written a little later.
    await eventually(() => leafKey() !== "", 30_000);
    keep("leaf key", leafKey().replaceAll("\\n", "\n"));
    const state = filesBelow(value("--state-dir"));
    const outputs = await stack.tofu.ok("output", "-json");
    const shown = await stack.tofu.ok("show", "-json", "plan");
    const texts = { ...stack.written(), outputs, shown, ...running() };
    // The scan sees what is there.
    for (const place of ["log", "status", "outputs", "terraform.tfstate", "work/egress.manifest.json"]) {
      expect(placesOf("partner", texts)).toContain(place);
    }
    expect(placesOf(secrets.get("leaf key"), state)).not.toEqual([]);
    expect(found(texts)).toEqual([]);
  });

  test.each(LAUNCH_FORMS)("in the form %s, whatever variables this shell has", (form) => {
    const manifest = join(stack.tofu.dir, "egress.manifest.json");
    const env = {
      CONSUL_HTTP_TOKEN: consul.token,
      CONSUL_HTTP_TOKEN_FILE: tokenFile,
      CONSUL_HTTP_AUTH: `u:${WRONG_TOKEN}`,
    };
    const args = [
      "render",
      form,
      "--json",
      "--manifest",
      manifest,
      "--consul-addr",
      consul.address,
      ...FORM_FLAGS[form],
    ];
    const good = run([...args, "--bind-address", `0.0.0.0:${PORT}`, "--address", "10.0.0.5"], env);
    expect(good).toMatchObject({ status: 0, text: expect.stringContaining("consul-addr") });
    const pem = readFileSync(certs("client-key.pem"), "utf8");
    const bad = run(
      [...args, "--env", `CONSUL_HTTP_TOKEN=${consul.token}`, "--env", `MY_TOKEN=${WRONG_TOKEN}`, "--", "--x", pem],
      env,
    );
    expect(bad).toMatchObject({ status: 2, text: expect.stringContaining("not shown") });
    const url = run([...args, "--env", `CONSUL_HTTP_ADDR=https://u:${WRONG_TOKEN}@c1:8501`], env);
    expect(url).toMatchObject({ status: 2, text: expect.stringContaining("not shown") });
    expect(found({ good: good.text, bad: bad.text, url: url.text })).toEqual([]);
  });

  test("in what is said of a wrong key file, a wrong token and a manifest with a secret in it", async () => {
    const put = (path: string, text: string): void => {
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    };
    const [before, manifest] = [local.log().length, join(stack.tofu.dir, "egress.manifest.json")];
    const own = readFileSync(manifest, "utf8");
    put(certs("client-key.pem"), `${readFileSync(certs("client-key.pem"), "utf8").slice(0, -40)}\n`);
    put(tokenFile, `${WRONG_TOKEN}\n`);
    put(
      manifest,
      own.replace('"meta"', '"token"').replace('"name": "partner"', `"name": "partner", "token": "${consul.token}"`),
    );
    await eventually(() => /client-key\.pem/.test(status().text) && /refused/.test(local.log().slice(before)), 30_000);
    const validated = run(["validate", "--manifest", manifest]);
    expect(validated.status).toBe(2);
    expect(local.log().slice(before)).toMatch(/token/);
    expect(found({ ...running(), validated: validated.text })).toEqual([]);
  });
});
