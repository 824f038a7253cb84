// Mesh clients of the benchmark: who is served and when, a steady load, and streams that stay open.
import { X509Certificate } from "node:crypto";
import { dial, type MeshConnection, request } from "../demo/mesh-client";
import { type ConsulBenchStage, ECHO } from "./consul-stage";
import { sleep } from "./consul-wait";

/** Name of the external service that answered; undefined when the request failed. */
export async function answerOf(stage: ConsulBenchStage, service: string): Promise<string | undefined> {
  try {
    const reply = await request(stage.caller(), stage.to(service), "/");
    return reply.status === 200 ? (JSON.parse(reply.body) as { service: string }).service : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the gateway shows a leaf of this service that the root with this certificate signed. */
export async function isOnRoot(stage: ConsulBenchStage, service: string, rootPem: string): Promise<boolean> {
  try {
    const connection = await dial(stage.caller(), stage.to(service));
    const leaf = connection.socket.getPeerX509Certificate();
    connection.close();
    return leaf?.verify(new X509Certificate(rootPem).publicKey) === true;
  } catch {
    return false;
  }
}

export interface Reached {
  /** performance.now() of the first and of the last. */
  readonly first: number;
  readonly last: number;
}

const PACE_MS = 3;
const FEW = 10;

/**
 * Asks all services until each said yes once. Two callers, paced, so that asking does not become the load: one takes all
 * in a random order, the other looks at the first few alone until something is served, as a lone first service would be
 * found late otherwise.
 * @throws Error that says how many are missing after `ms`
 */
export async function untilAll(
  services: readonly string[],
  test: (service: string) => Promise<boolean>,
  ms: number,
): Promise<Reached> {
  const few = services.slice(0, FEW);
  const pending = services.slice(FEW);
  const end = performance.now() + ms;
  let first: number | undefined;
  let last = 0;
  const ask = async (own: readonly string[]): Promise<void> => {
    const left = [...own];
    for (;;) {
      const from = left.length > 0 ? left : pending;
      const [service] = from.splice(Math.floor(Math.random() * from.length), 1);
      if (service === undefined) return;
      if (await test(service)) {
        last = performance.now();
        first ??= last;
        continue;
      }
      // Once something is served, nothing is special about the few.
      (first === undefined ? from : pending).push(service);
      if (performance.now() > end) throw new Error(`${pending.length} of ${services.length} services are missing`);
      await sleep(PACE_MS);
    }
  };
  const [one, other] = await Promise.allSettled([ask([]), ask(few)]);
  for (const result of [one, other]) if (result.status === "rejected") throw result.reason;
  return { first: first ?? last, last };
}

export interface Load {
  /** No request is under way while it is paused. */
  paused(work: () => Promise<void>): Promise<void>;
  stop(): Promise<{ readonly failed: number; readonly all: number; readonly outageMs: number }>;
}

/** About 40 requests a second, each on a connection of its own, over all services in turn. */
export function startLoad(stage: ConsulBenchStage): Load {
  let stopped = false;
  let hold: Promise<void> = Promise.resolve();
  let all = 0;
  const failures: number[] = [];
  const run = async (): Promise<void> => {
    for (let i = 0; !stopped; i += 1) {
      await hold;
      if (stopped) return;
      const startedMs = performance.now();
      all += 1;
      const answer = await answerOf(stage, stage.names[i % stage.names.length] ?? "");
      if (answer === undefined) failures.push(startedMs);
      await sleep(20);
    }
  };
  let running = run();
  return {
    async paused(work) {
      let go: () => void = () => undefined;
      stopped = true;
      await running;
      stopped = false;
      hold = new Promise((resolve) => {
        go = resolve;
      });
      running = run();
      try {
        await work();
      } finally {
        go();
      }
    },
    async stop() {
      stopped = true;
      await running;
      const outageMs = failures.length === 0 ? 0 : (failures.at(-1) as number) - (failures[0] as number);
      return { failed: failures.length, all, outageMs };
    },
  };
}

export interface Streams {
  /** How many were closed by the gateway, or echo no more. */
  cut(): Promise<number>;
  close(): void;
}

/** Long-lived streams through the gateway to a service that sends back what it gets. */
export async function openStreams(stage: ConsulBenchStage, count: number): Promise<Streams> {
  const streams: MeshConnection[] = [];
  for (let i = 0; i < count; i += 1) {
    const stream = await dial(stage.caller(), stage.to(ECHO));
    stream.socket.on("error", () => undefined);
    await stream.echo("hello\n");
    streams.push(stream);
  }
  return {
    async cut() {
      const answers = await Promise.all(
        streams.map((stream) =>
          stream.ended()
            ? false
            : stream.echo("still here\n").then(
                () => true,
                () => false,
              ),
        ),
      );
      return answers.filter((alive) => !alive).length;
    },
    close() {
      for (const stream of streams) stream.close();
    },
  };
}
