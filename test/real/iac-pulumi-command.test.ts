// What a user types: `pulumi preview`, `up`, `stack output`, `stack export`, `destroy`, on the real engine and a real Consul; and
// the runtime reads what the commands print.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, makeManifest } from "../../src/model/manifest";
import { readManifest } from "../../src/runtime/source/manifest/read";
import type { ConsulServer } from "../support/consul-server";
import { readConsul } from "../support/iac/consul-state";
import { declaration, goldenText, withService } from "../support/iac/declarations";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { placesOf } from "../support/iac/places";
import { openPulumiProject, type PulumiProject } from "../support/iac/pulumi-project";
import { type PulumiProvider, startPulumiProvider } from "../support/iac/pulumi-provider";
import { describePart, realConsul, realPulumi } from "../support/real-parts";

jest.setTimeout(180_000);

const consulPath = realConsul("1.22.3");
const pulumiPath = consulPath === undefined ? undefined : realPulumi();

describePart("the pulumi command", pulumiPath, (binary) => {
  let consul: ConsulServer;
  let provider: PulumiProvider;
  let project: PulumiProject;

  beforeAll(async () => {
    consul = await startFreshConsul(consulPath, 24230);
    provider = await startPulumiProvider(consul);
    project = await openPulumiProject(binary, provider.debug);
  });
  afterAll(async () => {
    project?.remove();
    provider?.stop();
    await consul?.stop();
  });

  test("deploys, has nothing to do afterwards, changes, and destroys without a trace", async () => {
    const base = declaration("one-declaration");
    const before = await readConsul(consul);
    project.declare(base);
    await project.ok("stack", "init", "prod");
    await project.ok("preview");
    expect(await readConsul(consul)).toEqual(before);
    await project.ok("up", "--yes");
    await project.ok("preview", "--expect-no-changes");
    project.declare(withService(base, { port: 8443 }));
    await project.ok("up", "--yes");
    const { services } = await readConsul(consul);
    expect(services["egress-external-10-0-0-9/billing"]).toMatchObject({ port: 8443 });
    await project.ok("destroy", "--yes");
    expect(await readConsul(consul)).toEqual(before);
  });

  test("prints what the runtime reads, without a secret", async () => {
    project.declare(declaration("one-declaration"));
    await project.ok("up", "--yes", "--stack", "prod");
    const outputs = await project.ok("stack", "output", "--json");
    const state = await project.ok("stack", "export");
    expect((JSON.parse(outputs) as { manifest: string }).manifest).toBe(goldenText("one-declaration"));
    for (const [shape, text] of [
      ["stack outputs", outputs],
      ["Pulumi stack export", state],
    ] as const) {
      const path = join(project.dir, "document.json");
      writeFileSync(path, text);
      const read = await readManifest(path);
      if (!read.ok) throw new Error(JSON.stringify(read.error));
      expect(read.value.origin.shape).toBe(shape);
      expect(canonicalJson(makeManifest(read.value.model))).toBe(goldenText("one-declaration"));
    }
    const tokens = (await consul.call("GET", "/v1/acl/tokens")) as { AccessorID: string }[];
    const secrets = tokens.map(
      async ({ AccessorID: id }) => (await consul.call("GET", `/v1/acl/token/${id}`)) as object,
    );
    const found = (await Promise.all(secrets)) as { SecretID: string }[];
    for (const { SecretID } of found.filter(({ SecretID }) => SecretID !== "anonymous")) {
      expect(placesOf(SecretID, { ...project.written(), outputs, state })).toEqual([]);
    }
    await project.ok("destroy", "--yes");
  });

  test("refuses what another datacenter would get, in the preview and before anything is made without one", async () => {
    const before = await readConsul(consul);
    project.declare({ ...declaration("one-declaration"), datacenter: "dc2" });
    await project.ok("config", "set", "consul:datacenter", "dc1", "--stack", "prod");
    await expect(project.ok("preview")).rejects.toThrow(/datacenter: got "dc2", allowed "dc1", as its Consul provider/);
    await expect(project.ok("up", "--yes", "--skip-preview")).rejects.toThrow(/got "dc2"/);
    expect(await readConsul(consul)).toEqual(before);
    await project.ok("destroy", "--yes");
    expect(await readConsul(consul)).toEqual(before);
  });
});
