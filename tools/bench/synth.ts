// Synthesis and preview of N services, against hand-written L1 code for the same declaration in the same run.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type Figures, judge, type Row, table } from "./report";

const ENGINES = { cdktf: "CDKTF synth", cdktn: "CDKTN synth", pulumi: "Pulumi preview (SDK's mocks)" } as const;
/** A first run warms the disk; the faster of two is taken of each, in turn, as other work comes and goes. */
const RUNS = 2;
const LIMIT_MS = 120_000;

export function benchSynth(sizes: readonly number[], say: (line: string) => void): readonly Row[] {
  return Object.entries(ENGINES).flatMap(([engine, what]) =>
    sizes.map((services): Row => {
      say(`${what} of ${services} services`);
      const runs = Array.from({ length: RUNS }, () => [
        measure(engine, "ours", services),
        measure(engine, "l1", services),
      ]);
      const [ours, theirs] = [0, 1].map((side) => fastest(runs.map((run) => run[side] as Figures)));
      return { what, services, ...ours, theirs: theirs as Figures, rival: "hand-written L1" };
    }),
  );
}

function measure(engine: string, by: "ours" | "l1", size: number): Figures {
  const child = join(__dirname, "synth-child.js");
  const args = [child, engine, by, String(size)];
  const env = { ...process.env, CI: "1", CHECKPOINT_DISABLE: "1" };
  return JSON.parse(execFileSync(process.execPath, args, { env, encoding: "utf8", timeout: LIMIT_MS }));
}

const fastest = (all: readonly Figures[]): Figures =>
  all.reduce((best, each) => ((each.ms ?? 0) < (best.ms ?? 0) ? each : best));

if (require.main === module) {
  const sizes = (process.argv[2] ?? "").split(",").map(Number);
  const judged = judge(benchSynth(sizes, (line) => void process.stderr.write(`${line}\n`)));
  process.stdout.write(`${table(judged)}\n\n${JSON.stringify(judged)}\n`);
}
