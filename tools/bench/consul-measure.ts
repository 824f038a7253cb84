// What is measured of one side on one stage, from a cold start to the end, as figures by name. Every latency ends at a mesh
// client: at the first answer that shows the change, which is later than Envoy's ACK.
import { answerOf, isOnRoot, openStreams, startLoad, untilAll } from "./consul-callers";
import { cpuSeconds, residentMib } from "./consul-child";
import type { Side } from "./consul-side";
import { type ConsulBenchStage, ECHO } from "./consul-stage";
import { median, sleep, until } from "./consul-wait";
import type { Figures } from "./report";

/** By the names that report.ts knows. */
export type Measured = Map<string, Figures>;

interface Context {
  readonly stage: ConsulBenchStage;
  readonly side: Side;
  readonly say: (line: string) => void;
  note(what: string, figures: Figures): void;
}

const COLD_MS = 240_000;
const CHANGE_MS = 30_000;
const ROTATION_MS = 180_000;
const STREAMS = 20;
const QUIET_MS = 500;
const REPEATS = 5;
/** Longer than Envoy keeps connections of a replaced listener. */
const DRAIN_MS = 12_000;
const DOWN_MS = 1_000;

/**
 * Fills `measured` as far as it comes, so that what was reached is shown where a later part fails.
 * @throws Error of the part that did not end in bounded time
 */
export async function measure(
  stage: ConsulBenchStage,
  side: Side,
  measured: Measured,
  say: (line: string) => void,
): Promise<void> {
  const note = (what: string, figures: Figures): void => {
    measured.set(what, figures);
    say(`    ${what}: ${JSON.stringify(figures)}`);
  };
  const context = { stage, side, say, note };
  await measureStart(context);
  await measureChanges(context);
  await measureRotation(context);
  await measureRestart(context);
}

async function isServed(stage: ConsulBenchStage, service: string): Promise<boolean> {
  return (await answerOf(stage, service)) !== undefined;
}

const cpuOf = (side: Side): number => cpuSeconds(side.control().pid);

/** Bytes so far, when Envoy receives nothing more: Consul's own sends for a while after what it sends for. */
async function quiet(side: Side): Promise<number> {
  let now = await side.bytes();
  const settled = async (): Promise<boolean> => {
    const before = now;
    await sleep(QUIET_MS);
    now = await side.bytes();
    return now === before;
  };
  await until(settled, COLD_MS, "Envoy receives nothing more", 0);
  return now;
}

async function measureStart({ stage, side, say, note }: Context): Promise<void> {
  say("    cold start");
  const refusals = (): number => stage.refusals() + side.refusals();
  const refusedBefore = refusals();
  const startMs = performance.now();
  const cpuBefore = await side.start();
  const cold = await untilAll(stage.names, (name) => isServed(stage, name), COLD_MS);
  const cost = { cpuS: cpuOf(side) - cpuBefore, mib: residentMib(side.control().pid) };
  note("start to first service", { ms: cold.first - startMs });
  note("start to last service", { ms: cold.last - startMs, bytes: await side.bytes(), ...cost });
  await sleep(QUIET_MS);
  note("refused signings", { count: refusals() - refusedBefore });
}

async function measureChanges(context: Context): Promise<void> {
  const { stage } = context;
  await repeat(context, "endpoint change", async () => {
    const now = await stage.moveEndpoint();
    return async () => (await answerOf(stage, "service-1")) === now;
  });
  const intend = async (action: "allow" | "deny"): Promise<() => Promise<boolean>> => {
    await stage.intend("service-1", action);
    return async () => (await isServed(stage, "service-1")) === (action === "allow");
  };
  const before = (action: "allow" | "deny") => async (): Promise<void> =>
    until(await intend(action), CHANGE_MS, "the opposite intention");
  await repeat(context, "intention, allow to deny", () => intend("deny"), before("allow"));
  await repeat(context, "intention, deny to allow", () => intend("allow"), before("deny"));
  await repeat(context, "link", async () => {
    const name = await stage.linkOneMore();
    return () => isServed(stage, name);
  });
}

/** Medians of one change; `change` makes it and says what shows that it is there. `prepare` is not counted. */
async function repeat(
  { side, note }: Context,
  what: string,
  change: () => Promise<() => Promise<boolean>>,
  prepare: () => Promise<void> = async () => undefined,
): Promise<void> {
  const runs: { readonly ms: number; readonly bytes: number; readonly cpuS: number }[] = [];
  while (runs.length < REPEATS) {
    await prepare();
    const before = await quiet(side);
    const cpuStart = cpuOf(side);
    const start = performance.now();
    await until(await change(), CHANGE_MS, what, 0);
    const ms = performance.now() - start;
    runs.push({ ms, bytes: (await quiet(side)) - before, cpuS: cpuOf(side) - cpuStart });
  }
  const of = (unit: "ms" | "bytes" | "cpuS"): number => median(runs.map((run) => run[unit]));
  note(what, { ms: of("ms"), bytes: of("bytes"), cpuS: of("cpuS") });
}

async function measureRotation({ stage, side, say, note }: Context): Promise<void> {
  say("    root rotation");
  const streams = await openStreams(stage, STREAMS);
  const load = startLoad(stage);
  try {
    const before = await quiet(side);
    const cpuStart = cpuOf(side);
    let start = 0;
    let root = "";
    await load.paused(async () => {
      start = performance.now();
      await stage.rotateRoot();
      root = await stage.refreshRoots();
    });
    const all = [...stage.names, ECHO];
    const { last } = await untilAll(all, (service) => isOnRoot(stage, service, root), ROTATION_MS);
    const bytes = (await quiet(side)) - before;
    note("root rotation", { ms: last - start, bytes, cpuS: cpuOf(side) - cpuStart });
    await sleep(DRAIN_MS);
    note(`root rotation: streams cut of ${STREAMS}`, { count: await streams.cut() });
    note("root rotation: requests failed", { count: (await load.stop()).failed });
  } finally {
    streams.close();
    await load.stop();
  }
}

async function measureRestart({ stage, side, say, note }: Context): Promise<void> {
  say("    restart of the control plane, which misses a change meanwhile");
  const load = startLoad(stage);
  try {
    await sleep(DOWN_MS);
    const before = await quiet(side);
    await side.kill();
    await sleep(DOWN_MS);
    const now = await stage.moveEndpoint();
    const start = performance.now();
    await side.restart();
    await until(async () => (await answerOf(stage, "service-1")) === now, COLD_MS, "the missed change", 5);
    const ms = performance.now() - start;
    await untilAll(stage.names, (name) => isServed(stage, name), COLD_MS);
    await sleep(5_000);
    const { failed, all, outageMs } = await load.stop();
    const cost = { cpuS: cpuOf(side), mib: residentMib(side.control().pid) };
    note("restart", { ms, bytes: (await quiet(side)) - before, ...cost });
    note("restart: requests failed", { count: failed });
    say(`    ${failed} of ${all} requests failed, over ${(outageMs / 1000).toFixed(1)} s`);
  } finally {
    await load.stop();
  }
}
