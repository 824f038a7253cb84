// A deployment reaches every running replica by Consul's KV store, with nothing copied to hosts: real engines write, two real
// gateways with the deployed rights follow, and what is destroyed leaves no key.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as consulPulumi from "@pulumi/consul";
import { DataResource, Fn, Token } from "cdktf";
import { TerminatingGateway as OfCdktf } from "../../src/constructs/cdktf";
import { TerminatingGateway as OfPulumi } from "../../src/constructs/pulumi";
import type { ServiceProps } from "../../src/model/props";
import type { Runtime } from "../../src/runtime/run";
import { request } from "../../tools/demo/mesh-client";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { readConsul } from "../support/iac/consul-state";
import { startPulumiProvider } from "../support/iac/pulumi-provider";
import { openInlineStack } from "../support/iac/pulumi-stack";
import { startTerraformProvider } from "../support/iac/terraform-provider";
import { openStack } from "../support/iac/terraform-stack";
import { describePart, realConsul, realEnvoy, realPulumi, realTofu } from "../support/real-parts";
import { eventually } from "../support/rig";

const PORT_BASE = 24_320;
const KEY = "consul-terminating-gateway/egress";

jest.setTimeout(120_000);

const envoyPath = realEnvoy();
const consulPath = envoyPath === undefined ? undefined : realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();

/** What changes between deployments. */
interface Declared {
  readonly requestMs: number;
}

interface Engine {
  deploy(declared: Declared): Promise<void>;
  /** What deploying this would do; nothing where it is deployed. */
  plan(declared: Declared): Promise<Readonly<Record<string, string>>>;
  destroy(): Promise<void>;
  close(): void;
}

/** `sni` is known to the engine alone, and only when it deploys. */
const propsOf = <S>({ requestMs }: Declared, caFile: string, sni: S) => {
  const place = { name: "billing", address: "127.0.0.1", port: PORT_BASE + 1 };
  const rules = { protocol: "http", allowFrom: ["web"], timeouts: { requestMs } } as const;
  const billing: ServiceProps<string | S> = { ...place, ...rules, tls: { caFile, sni } };
  const gateway = { name: "egress", datacenter: "dc1", bind: { port: PORT_BASE }, acl: { replicas: ["a", "b"] } };
  return { ...gateway, delivery: "kv", services: [billing] } as const;
};
const SNI = "billing.external.test";

async function cdktf(stage: ConsulStage): Promise<Engine> {
  const provider = await startTerraformProvider(stage.consul);
  const stack = await openStack(tofuPath ?? "", provider.reattach);
  const declare = (declared: Declared): void =>
    stack.declare((scope) => {
      const late = new DataResource(scope, "late", { input: { sni: SNI } });
      const sni = Token.asString(Fn.lookup(late.output, "sni"));
      new OfCdktf(scope, "egress", propsOf(declared, join(stage.world.dir, "ca.pem"), sni));
    });
  return {
    async deploy(declared) {
      declare(declared);
      await stack.apply();
    },
    async plan(declared) {
      declare(declared);
      return stack.plan();
    },
    destroy: async () => void (await stack.tofu.ok("destroy", "-no-color", "-auto-approve")),
    close() {
      stack.remove();
      provider.stop();
    },
  };
}

async function pulumi(stage: ConsulStage): Promise<Engine> {
  const provider = await startPulumiProvider(stage.consul);
  const stack = await openInlineStack(pulumiPath ?? "", provider.debug);
  const program = (declared: Declared) => async () => {
    const policy = new consulPulumi.AclPolicy("late", { name: "late", rules: "" });
    const sni = policy.id.apply(() => SNI);
    new OfPulumi("egress", propsOf(declared, join(stage.world.dir, "ca.pem"), sni));
  };
  return {
    deploy: async (declared) => void (await (await stack.with(program(declared))).up()),
    plan: (declared) => stack.plan(program(declared)),
    destroy: async () => void (await (await stack.with(async () => undefined)).destroy()),
    close() {
      stack.remove();
      provider.stop();
    },
  };
}

describe.each([
  ["CDKTF", cdktf, "egress/"],
  ["Pulumi", pulumi, "egress-"],
] as const)("%s", (_name, open, prefix) => {
  describePart("a manifest delivered by its key", pulumiPath, () => {
    let stage: ConsulStage;
    let engine: Engine;
    let before: Awaited<ReturnType<typeof readConsul>>;
    let replicas: readonly Runtime[] = [];

    const have = async (timeout: string): Promise<boolean> => {
      const dumps = await Promise.all(replicas.map(({ admin }) => admin?.configDump()));
      return dumps.every((dump) => JSON.stringify(dump).includes(`"timeout":"${timeout}"`));
    };
    const states = () => replicas.map((each) => each.view().manifest?.state);
    const start = (replica: string, port: number): Promise<Runtime> => {
      const places = { stateDir: join(stage.dir, `state-${replica}`), runDir: join(stage.dir, `run-${replica}`) };
      const address = `127.0.0.1:${PORT_BASE + port}`;
      return stage.start({ manifestKv: KEY, replica, address, bindAddress: [address], ...places });
    };

    beforeAll(async () => {
      stage = await startConsulStage({
        ...{ envoyPath: envoyPath ?? "", consulPath: consulPath ?? "", old: false, portBase: PORT_BASE },
      });
      engine = await open(stage);
      before = await readConsul(stage.consul);
    });
    afterAll(async () => {
      engine?.close();
      await stage?.stop();
    });

    test("is deployed with the gateway, and there is nothing to do afterwards", async () => {
      await engine.deploy({ requestMs: 1500 });
      expect(await engine.plan({ requestMs: 1500 })).toEqual({});
      const { keys, policies } = await readConsul(stage.consul);
      expect(Object.keys(keys)).toEqual([KEY]);
      const manifest = JSON.parse(keys[KEY] ?? "");
      expect(manifest.services[0].tls.sni).toBe(SNI);
      const rules = policies["egress-terminating-gateway"] ?? "";
      expect(JSON.parse(rules).key).toEqual({ [KEY]: { policy: "read" } });
      writeFileSync(stage.tokenFile, await stage.consul.makeToken(rules));
    });

    test("is what replicas start with, that are told its key and nothing else", async () => {
      replicas = [await start("a", 0), await start("b", 8)];
      await eventually(() => have("1.500s"), 20_000);
      expect(states()).toEqual(["applied", "applied"]);
      const web = await stage.caller("web");
      await eventually(async () => (await request(web, await stage.to("billing"), "/")).status === 200);
    });

    test("changes in place, and within a second in every running replica", async () => {
      const actions = await engine.plan({ requestMs: 2500 });
      // Pulumi has the manifest as an output, Terraform in a resource as well.
      const { [`${prefix}manifest`]: _manifest, ...others } = actions;
      expect(others).toEqual({ [`${prefix}manifest-key`]: "update" });
      await engine.deploy({ requestMs: 2500 });
      await eventually(() => have("2.500s"), 1_000);
      expect(await engine.plan({ requestMs: 2500 })).toEqual({});
    });

    test("is gone with the gateway: nothing is left in Consul, and replicas say so", async () => {
      await Promise.all(replicas.map((each) => eventually(() => each.view().registration?.state === "registered")));
      await engine.destroy();
      await eventually(() => states().every((state) => state === "absent"));
      await Promise.all(replicas.map((each) => each.stop()));
      const { policies, tokens, ...rest } = await readConsul(stage.consul);
      const { policies: _own, tokens: _given, ...nothing } = before;
      expect(rest).toEqual(nothing);
      expect(Object.keys(policies)).not.toContain("egress-terminating-gateway");
      expect(tokens.filter((each) => each.includes("egress"))).toEqual([]);
    });
  });
});
