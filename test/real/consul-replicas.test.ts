// Two replicas of a gateway and an ordinary sidecar of Consul as caller: they share the load, and one that leaves takes no
// request with it.
import { join } from "node:path";
import type { Flags } from "../../src/runtime/config";
import type { Runtime } from "../../src/runtime/run";
import { type Sidecar, startSidecar } from "../../tools/demo/consul-sidecar";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { callPlain, startCalling } from "../support/plain-caller";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually, sleep } from "../support/rig";

const PORT_BASE = 22_400;
const AGENT = PORT_BASE + 20;
const UPSTREAM = { name: "billing", port: AGENT + 5 };

jest.setTimeout(120_000);

const envoyPath = realEnvoy();

describePart("two replicas", envoyPath === undefined ? undefined : realConsul("1.22.3"), (consulPath) => {
  let stage: ConsulStage;
  let sidecar: Sidecar;
  let a: Runtime;
  let b: Runtime;

  const startB = (flags: Flags = {}): Promise<Runtime> =>
    stage.start({
      ...flags,
      ...{ replica: "b", address: `127.0.0.1:${PORT_BASE + 7}`, drainTime: "3" },
      ...{ stateDir: join(stage.dir, "state-b"), runDir: join(stage.dir, "run-b") },
    });
  /** Requests that went through this replica's Envoy so far. */
  const served = async ({ admin }: Runtime): Promise<number> => {
    const counts = await admin?.stats("^cluster\\.billing\\..*\\.upstream_rq_total$");
    return [...(counts?.values() ?? [])].reduce((sum, each) => sum + each, 0);
  };
  /** How many of this many requests each replica gets; all must succeed. */
  const shares = async (requests: number, replicas: readonly Runtime[]): Promise<readonly number[]> => {
    const before = await Promise.all(replicas.map(served));
    for (let at = 0; at < requests; at += 1) expect(await callPlain(UPSTREAM.port)).toBe(200);
    const after = await Promise.all(replicas.map(served));
    return after.map((count, at) => count - (before[at] ?? 0));
  };

  beforeAll(async () => {
    const options = { envoyPath: envoyPath ?? "", consulPath, old: false, portBase: PORT_BASE };
    stage = await startConsulStage({ ...options, replicas: ["a", "b"] });
    await stage.declare();
    await stage.intend("web", "billing", "allow");
    a = await stage.start();
    b = await startB();
    const agent = { consulPath, envoyPath: envoyPath ?? "", server: stage.consul, serverPortBase: PORT_BASE + 10 };
    sidecar = await startSidecar({ ...agent, portBase: AGENT, service: "web", upstreams: [UPSTREAM] });
  });
  afterAll(async () => {
    await sidecar?.stop();
    await stage?.stop();
  });

  test("share the load", async () => {
    await eventually(async () => (await callPlain(UPSTREAM.port)) === 200, 20_000);
    await eventually(async () => (await shares(10, [a, b])).every((count) => count > 0), 20_000);
    const [ofA = 0, ofB = 0] = await shares(200, [a, b]);
    expect(ofA + ofB).toBe(200);
    expect(Math.min(ofA, ofB)).toBeGreaterThanOrEqual(80);
  });

  test("one is critical before it drains: no request fails, all go to the other", async () => {
    const stopCalling = startCalling(UPSTREAM.port);
    await sleep(500);
    await b.stop();
    const { calls, failures } = await stopCalling();
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThan(50);
    expect(await shares(50, [a])).toEqual([50]);
  });

  test("started again it takes its share again, and no request fails", async () => {
    const stopCalling = startCalling(UPSTREAM.port);
    b = await startB();
    await eventually(async () => (await shares(10, [b])).every((count) => count > 0), 20_000);
    expect((await stopCalling()).failures).toEqual([]);
  });

  test("registered by the agent of its host it takes its share as well", async () => {
    const stopCalling = startCalling(UPSTREAM.port);
    await b.stop();
    b = await startB({ localAgent: `http://127.0.0.1:${AGENT}` });
    await eventually(async () => (await shares(10, [b])).every((count) => count > 0), 20_000);
    expect((await stopCalling()).failures).toEqual([]);
    expect(await stage.consul.call("GET", "/v1/catalog/node/egress-b")).toBeNull();
  });
});
