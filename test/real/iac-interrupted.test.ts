// A deployment that ends half way leaves more than one manifest of a gateway in the state: the runtime reads the one that was
// deployed in full. States are those of real engines, which a server's refusal or a failed command stopped.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DataResource, type TerraformStack } from "cdktf";
import { TerminatingGateway as OfCdktf } from "../../src/constructs/cdktf";
import { TerminatingGateway as OfPulumi } from "../../src/constructs/pulumi";
import type { GatewayProps } from "../../src/model/props";
import { readManifest } from "../../src/runtime/source/manifest/read";
import type { ConsulServer } from "../support/consul-server";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { type DeployableStack, openStack } from "../support/iac/terraform-stack";
import { makeTofu } from "../support/iac/tofu";
import { describePart, realConsul, realPulumi, realTofu } from "../support/real-parts";

jest.setTimeout(60_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();

const service = (port: number) => ({ name: "banner", address: "10.0.0.7", port, plaintext: true });
const keyed = (port: number): GatewayProps => ({
  ...{ name: "egress", datacenter: "dc1", delivery: "kv", services: [service(port)] },
});
/** Everything but config entries. */
const NO_ENTRIES = `acl = "write"
key_prefix "" { policy = "write" }
node_prefix "" { policy = "write" }
service_prefix "" { policy = "write" }`;

describePart("after a deployment that ended half way", pulumiPath, (pulumiBinary) => {
  let consul: ConsulServer;
  let token: string;
  let dir: string;

  /** Port of the only service, as the runtime reads it from a file or a text. */
  const portIn = async (path: string): Promise<number | undefined> => {
    const read = await readManifest(path);
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    return read.value.model.services[0]?.instances[0]?.port;
  };
  const portOf = (text: string): Promise<number | undefined> => {
    const path = join(dir, "document.json");
    writeFileSync(path, text);
    return portIn(path);
  };
  const portInConsul = async (): Promise<number> => {
    const [found] = (await consul.call("GET", "/v1/kv/consul-terminating-gateway/egress")) as { Value: string }[];
    return JSON.parse(Buffer.from(found?.Value ?? "", "base64").toString("utf8")).services[0].instances[0].port;
  };

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 25_650);
    token = await consul.makeToken(NO_ENTRIES);
  });
  afterAll(() => consul?.stop());

  describe("OpenTofu", () => {
    let provider: TerraformProvider;
    let stack: DeployableStack;

    beforeEach(async () => {
      provider = await startTerraformProvider(consul);
      stack = await openStack(tofuPath ?? "", provider.reattach);
      dir = stack.tofu.dir;
    });
    afterEach(async () => {
      await stack?.tofu.run("destroy", "-no-color", "-auto-approve");
      stack?.remove();
      provider?.stop();
    });

    test("a key that is ahead of the manifest is no second one", async () => {
      stack.declare((scope) => new OfCdktf(scope, "egress", keyed(1)) as unknown as undefined);
      await stack.apply();
      stack.declare(
        (scope) => new OfCdktf(scope, "egress", { ...keyed(2), meta: { team: "net" } }) as unknown as undefined,
      );
      const limited = await startTerraformProvider({ address: consul.address, token });
      const applied = await makeTofu(tofuPath ?? "", stack.tofu.dir, limited.reattach).run("apply", "-auto-approve");
      limited.stop();
      expect(applied.code).toBe(1);
      expect(await portInConsul()).toBe(2);
      expect(await portIn(stack.state)).toBe(1);
      expect(await portOf(await stack.tofu.ok("show", "-json"))).toBe(1);
      await stack.apply();
      expect(await portIn(stack.state)).toBe(2);
    });

    test("what waits to be deleted after its replacement is no second one", async () => {
      /** A resource of the user's that is replaced with the manifest, the new one first. */
      const declare = (port: number, command: string): void =>
        stack.declare((scope: TerraformStack) => {
          const gateway = new OfCdktf(scope, "egress", { ...keyed(port), delivery: "file" });
          new DataResource(scope, "copy", {
            triggersReplace: { manifest: gateway.last?.getStringAttribute("id") },
            lifecycle: { createBeforeDestroy: true },
            provisioners: [{ type: "local-exec", command }],
          });
        });
      declare(1, "true");
      await stack.apply();
      declare(2, "false");
      const manifest = stack.addressOf("egress/manifest");
      const applied = await stack.tofu.run("apply", "-no-color", "-auto-approve", `-replace=${manifest}`);
      expect(applied.code).toBe(1);
      const shown = await stack.tofu.ok("show", "-json");
      expect(await stack.tofu.ok("show", "-no-color")).toContain("(deposed object ");
      expect(await portIn(stack.state)).toBe(2);
      expect(await portOf(shown)).toBe(2);
    });

    test("two declarations of one name are told apart by what holds them", async () => {
      stack.declare((scope) => {
        for (const port of [1, 2]) {
          const input = { kind: "TerminatingGatewayManifest", gateway: { name: "egress" }, port };
          new DataResource(scope, `copy-${port}`, { input });
        }
      });
      await stack.apply();
      const read = await readManifest(stack.state);
      const at = [1, 2].map((port) => stack.addressOf(`copy-${port}`)).join(" and ");
      const got = `2 different manifests of gateway "egress", in ${at}`;
      expect(read.ok ? [] : read.error).toMatchObject([{ got }]);
    });
  });

  test("Pulumi: a key that is ahead of the component is no second one", async () => {
    const provider = await startPulumiProvider(consul);
    const stack = await openInlineStack(pulumiBinary, provider.debug);
    const limited = await startPulumiProvider({ address: consul.address, token });
    dir = stack.root;
    const program = (props: GatewayProps) => async () => {
      const { manifest } = new OfPulumi("egress", props);
      return { manifest };
    };
    try {
      await (await stack.with(program(keyed(1)))).up();
      const next = await stack.with(program({ ...keyed(2), meta: { team: "net" } }));
      next.workspace.envVars = { ...next.workspace.envVars, PULUMI_DEBUG_PROVIDERS: limited.debug };
      await expect(next.up()).rejects.toThrow("403");
      expect(await portInConsul()).toBe(2);
      expect(await portOf(JSON.stringify(await next.exportStack()))).toBe(1);
      await (await stack.with(program(keyed(2)))).up();
      await (await stack.with(async () => undefined)).destroy();
    } finally {
      stack.remove();
      provider.stop();
      limited.stop();
    }
  });
});
