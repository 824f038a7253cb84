// The launcher `localExec` where the manifest is delivered by Consul's KV store: a deployment starts a real gateway that follows the
// key, a change reaches the running process with no file, and destroying leaves neither process nor key.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayLauncher, GatewayProcess, TerminatingGateway } from "../../src/constructs/cdktf";
import type { GatewayProps } from "../../src/model/props";
import { type Caller, probe } from "../../tools/demo/mesh-client";
import { BANNER } from "../../tools/demo/world";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realEnvoy, realTofu } from "../support/real-parts";
import { eventually } from "../support/rig";

jest.setTimeout(120_000);

const PORT = 25_700;
const CLI = join(__dirname, "../../bin/consul-tgw.js");
const envoyPath = realEnvoy();
const consulPath = envoyPath === undefined ? undefined : realConsul("1.22.3");

describePart("localExec that follows a key", consulPath === undefined ? undefined : realTofu(), (tofuPath) => {
  let stage: ConsulStage;
  let provider: TerraformProvider;
  let stack: DeployableStack;

  const props = (names: readonly string[], allowFrom: readonly string[]): GatewayProps => ({
    ...{ name: "egress", datacenter: "dc1", bind: { port: PORT }, delivery: "kv", acl: { replicas: ["a"] } },
    services: names.map((name) => ({
      ...{ name, plaintext: true, allowFrom },
      instances: [{ address: "127.0.0.1", port: PORT + 3, node: "external-1" }],
    })),
  });
  const declare = (names: readonly string[], allowFrom: readonly string[]): void =>
    stack.declare((scope) => {
      const gateway = new TerminatingGateway(scope, "egress", props(names, allowFrom));
      const places = ["--state-dir", join(stage.dir, "state"), "--run-dir", join(stage.dir, "run")];
      const envoy = ["--envoy-path", envoyPath ?? "", "--drain-time", "1", "--concurrency", "1"];
      const launcher = GatewayLauncher.localExec({
        directory: join(stage.dir, "launched"),
        command: [process.execPath, CLI],
        arguments: [...places, ...envoy, "--token-file", stage.tokenFile],
        consul: { consulAddr: [stage.consul.address], replica: "a" },
      });
      new GatewayProcess(scope, "run", { gateway, launcher });
    });
  const inLaunched = (name: string): string => {
    const path = join(stage.dir, "launched", name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  const pid = (): number => Number(inLaunched("egress.pid"));
  const reaches = async (who: Caller, service: string): Promise<boolean> =>
    (await probe(who, await stage.to(service), 400).catch(() => "")).startsWith(BANNER);

  beforeAll(async () => {
    const declared = { delivery: "kv" } as const;
    stage = await startConsulStage({
      envoyPath: envoyPath ?? "",
      consulPath: consulPath ?? "",
      old: false,
      portBase: PORT,
      declared,
    });
    provider = await startTerraformProvider(stage.consul);
    stack = await openStack(tofuPath, provider.reattach);
  });
  afterAll(async () => {
    await stack?.tofu.run("destroy", "-no-color", "-auto-approve");
    stack?.remove();
    provider?.stop();
    await stage?.stop();
  });

  test("starts, applies a change without a restart, and ends with the deployment", async () => {
    const [web, batch] = [await stage.caller("web"), await stage.caller("batch")];
    declare(["banner"], ["web"]);
    await stack.apply();
    const started = pid();
    expect(started).toBeGreaterThan(0);
    await eventually(() => reaches(web, "banner"), 30_000);
    expect(await reaches(batch, "banner")).toBe(false);
    expect(inLaunched("egress.log")).toContain("Consul key consul-terminating-gateway/egress");
    expect(await stack.plan()).toEqual({});

    declare(["banner", "partner"], ["web", "batch"]);
    expect(Object.keys(await stack.plan())).not.toContain("run/process");
    await stack.apply();
    await eventually(() => reaches(batch, "partner"), 20_000);
    await eventually(() => inLaunched("egress.log").includes("services=2"), 10_000);
    expect(pid()).toBe(started);

    await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
    expect(inLaunched("egress.pid")).toBe("");
    // One that ended and was not waited for has no command line any more.
    const cmdline = `/proc/${started}/cmdline`;
    expect(existsSync(cmdline) ? readFileSync(cmdline, "utf8") : "").toBe("");
    expect(await stage.consul.call("GET", "/v1/kv/?keys")).not.toContain("consul-terminating-gateway/egress");
  });
});
