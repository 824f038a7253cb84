// The same declaration by both engines: what Terraform gets, and the files that synth leaves beside it.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConsulProvider } from "@cdktf/provider-consul/lib/provider/index.js";
import * as cdktf from "cdktf";
import * as cdktn from "cdktn";
import * as cdktfEntry from "../../../src/constructs/cdktf";
import * as cdktnEntry from "../../../src/constructs/cdktn";

/** An engine's library, and our entry for it. */
export interface Side {
  readonly lib: Pick<typeof cdktf, "App" | "TerraformOutput" | "TerraformStack" | "TerraformVariable" | "Testing">;
  readonly entry: Omit<typeof cdktfEntry, "prototype">;
  readonly ConsulProvider: typeof ConsulProvider;
}

export const CDKTF: Side = { lib: cdktf, entry: cdktfEntry, ConsulProvider };
// Each side takes its own objects only; a declaration that is written once says nothing about the other.
export const CDKTN = { lib: cdktn, entry: cdktnEntry, ConsulProvider: cdktnEntry.ConsulProvider } as unknown as Side;

export type Declare = (stack: cdktf.TerraformStack, side: Side) => void;

/** File name → text of everything that a stack `net` leaves. */
export function synthFiles(side: Side, declare: Declare): Readonly<Record<string, string>> {
  const outdir = mkdtempSync(join(tmpdir(), "tgw-sides-"));
  try {
    const app = new side.lib.App({ outdir });
    declared(side, new side.lib.TerraformStack(app, "net"), declare);
    app.synth();
    const dir = join(outdir, "stacks", "net");
    const read = (name: string) => written(readFileSync(join(dir, name), "utf8"));
    return Object.fromEntries(readdirSync(dir).map((name) => [name, read(name)]));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** Without the engine's own version and its way to write what is empty. */
function written(text: string): string {
  return text.replace(/"version": "0\.2\d\.\d"/, '"version": ""').replaceAll(/([[{])\s+([\]}])/g, "$1$2");
}

/** Resources of a declaration, by type and logical id, without what the engine notes about them. */
export function resourcesOf(side: Side, declare: Declare): Record<string, Record<string, Record<string, unknown>>> {
  const stack = declared(side, new side.lib.TerraformStack(side.lib.Testing.app(), "net"), declare);
  return JSON.parse(side.lib.Testing.synth(stack, true)).resource;
}

/** The same as HCL, which `synth --hcl` writes. */
export function hclOf(side: Side, declare: Declare): string {
  const stack = declared(side, new side.lib.TerraformStack(side.lib.Testing.app(), "net"), declare);
  return side.lib.Testing.synthHcl(stack, true);
}

function declared(side: Side, stack: cdktf.TerraformStack, declare: Declare): cdktf.TerraformStack {
  new side.ConsulProvider(stack, "consul", { address: "127.0.0.1:8500", datacenter: "dc1" });
  declare(stack, side);
  return stack;
}
