// One synthesis or preview in a process of its own: argv names the engine, who wrote the resources (`ours` or `l1`, by hand) and
// the number of services. Prints its figures as JSON: time from the first construct to the last byte, all else of the process.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { type Figures, servicesOf } from "./synth-services";

type Program = (size: number, work: string) => Promise<{ readonly count: number; readonly bytes?: number }>;

async function hcl(library: "cdktf" | "cdktn", isOurs: boolean, size: number, work: string) {
  const { App, TerraformStack, LocalBackend } = require(library) as typeof import("cdktf");
  const app = new App({ outdir: work });
  const stack = new TerraformStack(app, "bench");
  new LocalBackend(stack, { path: join(work, "terraform.tfstate") });
  const { provider, declare } = require("./synth-l1") as typeof import("./synth-l1");
  provider(library, stack);
  if (isOurs) {
    const entry = require(
      `../../dist/constructs/${library}/index`,
    ) as typeof import("../../dist/constructs/cdktf/index");
    new entry.TerminatingGateway(stack, "egress", { name: "egress", datacenter: "dc1", services: servicesOf(size) });
  } else declare(library, stack, size);
  app.synth();
  const text = readFileSync(join(work, "stacks/bench/cdk.tf.json"), "utf8");
  const { resource } = JSON.parse(text) as { resource: Record<string, Record<string, unknown>> };
  const consul = Object.entries(resource).filter(([type]) => type.startsWith("consul_"));
  return { count: consul.reduce((sum, [, each]) => sum + Object.keys(each).length, 0), bytes: text.length };
}

async function pulumi(isOurs: boolean, size: number) {
  const { runtime } = await import("@pulumi/pulumi");
  let count = 0;
  const newResource = ({ type, inputs }: { type: string; inputs: Record<string, unknown> }) => {
    if (type.startsWith("consul:index/")) count += 1;
    return { id: undefined, state: inputs };
  };
  await runtime.setMocks({ call: () => ({}), newResource }, "bench", "prod", true);
  await runtime.runInPulumiStack(async () => {
    if (!isOurs) return void (await import("./synth-l1-pulumi.js")).declare(size);
    const { TerminatingGateway } = await import("../../dist/constructs/pulumi/index.js");
    return void new TerminatingGateway("egress", { name: "egress", datacenter: "dc1", services: servicesOf(size) });
  });
  await (runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  return { count };
}

const PROGRAMS: Readonly<Record<string, (isOurs: boolean) => Program>> = {
  cdktf: (isOurs) => (size, work) => hcl("cdktf", isOurs, size, work),
  cdktn: (isOurs) => (size, work) => hcl("cdktn", isOurs, size, work),
  pulumi: (isOurs) => (size) => pulumi(isOurs, size),
};

async function main(): Promise<void> {
  const [engine = "", by = "", size = ""] = process.argv.slice(2);
  const program = PROGRAMS[engine]?.(by === "ours");
  if (program === undefined) throw new Error(`no engine ${engine}`);
  const work = mkdtempSync(join(tmpdir(), "tgw-bench-synth-"));
  try {
    const start = performance.now();
    const made = await program(Number(size), work);
    const ms = performance.now() - start;
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const figures: Figures = { ms, cpuS: (userCPUTime + systemCPUTime) / 1e6, mib: maxRSS / 1024, ...made };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

void main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
