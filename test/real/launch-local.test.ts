// The launcher `localExec` by real engines: a deployment starts a real gateway with a real Envoy, a change of its services
// reaches the running process, another port replaces it, and destroying leaves nothing.
import { join } from "node:path";
import {
  GatewayLauncher,
  TerminatingGateway as OfCdktf,
  GatewayProcess as OfCdktfProcess,
} from "../../src/constructs/cdktf";
import { TerminatingGateway as OfPulumi, GatewayProcess as OfPulumiProcess } from "../../src/constructs/pulumi";
import type { GatewayProps } from "../../src/model/props";
import { BANNER } from "../../tools/demo/world";
import type { ConsulServer } from "../support/consul-server";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { filesBelow, placesOf } from "../support/iac/places";
import { Command } from "../support/iac/pulumi-command";
import { startPulumiCommandProvider } from "../support/iac/pulumi-command-provider";
import { startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider } from "../support/iac/terraform-provider";
import { openStack } from "../support/iac/terraform-stack";
import { type LocalGateway, prepareLocalGateway } from "../support/local-gateway";
import { describePart, realConsul, realEnvoy, realPulumi, realTofu } from "../support/real-parts";
import { eventually } from "../support/rig";

jest.setTimeout(180_000);

const PORT = 24740;
const envoyPath = realEnvoy();
const consulPath = envoyPath === undefined ? undefined : realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();

/** One service for each name, all of them the banner of the world. */
const declaration = (names: readonly string[], port = PORT): GatewayProps => ({
  ...{ name: "egress", datacenter: "dc1", bind: { port } },
  services: names.map((name) => ({ name, address: "127.0.0.1", port: PORT + 3, plaintext: true, allowFrom: ["web"] })),
});

describePart("localExec", pulumiPath, (pulumiBinary) => {
  let consul: ConsulServer;
  let local: LocalGateway;
  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24760);
  });
  beforeEach(async () => {
    local = await prepareLocalGateway(envoyPath ?? "", PORT);
  });
  afterEach(() => local.stop());
  afterAll(() => consul?.stop());

  const reaches = async (manifest: string, caller: string, service: string): Promise<boolean> =>
    (await local.ask(manifest, caller, service)).startsWith(BANNER);

  test("by OpenTofu", async () => {
    const provider = await startTerraformProvider(consul);
    const stack = await openStack(tofuPath ?? "", provider.reattach);
    const manifest = join(stack.tofu.dir, "egress.manifest.json");
    const declare = (names: readonly string[], options: object = {}): void => {
      stack.declare((scope) => {
        const gateway = new OfCdktf(scope, "egress", declaration(names));
        new OfCdktfProcess(scope, "run", {
          gateway,
          launcher: GatewayLauncher.localExec({ ...local.options, ...options }),
        });
      });
    };
    try {
      declare(["mail"]);
      await stack.apply();
      const started = local.pid();
      expect(started).toBeGreaterThan(0);
      await eventually(() => reaches(manifest, "web", "mail"), 30_000);
      expect(await reaches(manifest, "batch", "mail")).toBe(false);
      expect(await stack.plan()).toEqual({});

      declare(["mail", "relay"]);
      expect(Object.keys(await stack.plan())).not.toContain("run/process");
      await stack.apply();
      await eventually(() => reaches(manifest, "web", "relay"), 10_000);
      expect(await reaches(manifest, "web", "mail")).toBe(true);
      expect(local.pid()).toBe(started);
      expect(await stack.plan()).toEqual({});

      // The key of the embedded CA stays in the private state.
      const [stateDir = ""] = local.options.arguments.slice(1);
      const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----\\?n?\s*([\w+/=]{40,})/.exec(
        Object.values(filesBelow(stateDir)).join(),
      );
      expect(placesOf(key?.[1], { ...stack.written(), log: local.log() })).toEqual([]);

      declare(["mail", "relay"], { stopSeconds: 20 });
      expect(await stack.plan()).toEqual({ "run/process": "replace" });
      await stack.apply();
      expect(local.pid()).not.toBe(started);
      await eventually(() => reaches(manifest, "web", "relay"), 30_000);

      await stack.tofu.ok("destroy", "-no-color", "-auto-approve");
      expect([local.pid(), local.processes()]).toEqual([undefined, []]);
    } finally {
      await stack.tofu.run("destroy", "-no-color", "-auto-approve");
      stack.remove();
      provider.stop();
    }
  });

  test("by Pulumi, with a provider of the kind of @pulumi/command", async () => {
    const [provider, commands] = await Promise.all([startPulumiProvider(consul), startPulumiCommandProvider()]);
    const stack = await openInlineStack(pulumiBinary, `${provider.debug},${commands.debug}`);
    const manifest = join(local.options.directory, "egress.manifest.json");
    const program = (names: readonly string[], options: object = {}) =>
      stack.with(async () => {
        const gateway = new OfPulumi("egress", declaration(names));
        const localExec = { ...local.options, ...options };
        const { command } = new OfPulumiProcess("run", { gateway, launcher: { kind: "localExec", localExec } });
        new Command("process", { ...command });
      });
    try {
      await (await program(["mail"])).up();
      const started = local.pid();
      await eventually(() => reaches(manifest, "web", "mail"), 30_000);
      expect(await reaches(manifest, "batch", "mail")).toBe(false);
      expect((await (await program(["mail"])).preview()).changeSummary).toEqual({ same: expect.any(Number) });

      await (await program(["mail", "relay"])).up();
      await eventually(() => reaches(manifest, "web", "relay"), 10_000);
      expect(local.pid()).toBe(started);

      await (await program(["mail", "relay"], { stopSeconds: 20 })).up();
      expect(local.pid()).not.toBe(started);
      await eventually(() => reaches(manifest, "web", "relay"), 30_000);

      await (await program(["mail", "relay"])).destroy();
      expect([local.pid(), local.processes()]).toEqual([undefined, []]);
    } finally {
      stack.remove();
      commands.stop();
      provider.stop();
    }
  });
});
