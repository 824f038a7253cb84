// npm run bench -- --consul: figures on a real Consul and a real Envoy, ours and Consul's own gateway in the same run, each
// on a fresh server.
import { rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { type Measured, measure } from "./consul-measure";
import { makeOurs } from "./consul-ours";
import { makeOwn } from "./consul-own";
import type { Side, SideOptions } from "./consul-side";
import { startConsulBenchStage } from "./consul-stage";
import type { Row } from "./report";

const PORT_BASE = 21300;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export interface ConsulBenchOptions {
  readonly root: string;
  readonly envoyPath: string;
  readonly consulPath: string;
  /** Scratch directory; short, since sockets are made below it. */
  readonly dir: string;
  readonly sizes: readonly number[];
  readonly say: (line: string) => void;
}

/** One row per figure and size; what Consul's own did not reach is told and left out. */
export async function benchConsul(options: ConsulBenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of options.sizes) {
    const ours = await run(options, size, makeOurs, "o");
    if (ours.problem !== undefined) throw new Error(`ours at ${size}: ${ours.problem}`);
    const own = await run(options, size, makeOwn, "c");
    if (own.problem !== undefined) {
      options.say(`  Consul's own gateway at ${size} services: the figures after this are left out: ${own.problem}`);
    }
    for (const [what, figures] of ours.measured) {
      const theirs = own.measured.get(what);
      rows.push({ what: `consul: ${what}`, services: size, ...figures, ...(theirs === undefined ? {} : { theirs }) });
    }
  }
  return rows;
}

async function run(
  { root, envoyPath, consulPath, dir, say }: ConsulBenchOptions,
  size: number,
  make: (options: SideOptions) => Promise<Side>,
  short: string,
): Promise<{ readonly measured: Measured; readonly problem?: string }> {
  const measured: Measured = new Map();
  const work = join(dir, `${short}${size}`);
  say(`  a Consul server with ${size} services (load ${loadavg()[0]?.toFixed(1)})`);
  const starting = startConsulBenchStage({ consulPath, dir: work, portBase: PORT_BASE, size });
  let side: Side | undefined;
  const stop = async (): Promise<void> => {
    await side?.stop();
    await (await starting).stop();
  };
  const onSignal = (): void => {
    say("  interrupted: ending what was started");
    void Promise.allSettled([stop()]).then(() => {
      rmSync(dir, { recursive: true, force: true });
      process.exit(130);
    });
  };
  for (const signal of SIGNALS) process.once(signal, onSignal);
  try {
    const stage = await starting;
    const { httpsAddress, caFile, lanPort } = stage;
    const server = { httpsAddress, caFile, lanPort, token: stage.consul.token };
    side = await make({ root, envoyPath, consulPath, portBase: PORT_BASE, server, dir: join(work, "g") });
    say(`  ${side.name}`);
    await measure(stage, side, measured, say);
    return { measured };
  } catch (error) {
    return { measured, problem: `${error}\n${side?.output() ?? ""}` };
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    await stop().catch((error: unknown) => say(`  ${error}`));
  }
}
