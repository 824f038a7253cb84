// An Envoy that is there and does not answer: the log says so, Consul hands it out no more, and it comes back, by itself or
// by a restart.
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBootstrap } from "../../src/runtime/envoy/bootstrap";
import type { Runtime } from "../../src/runtime/run";
import { type Caller, type Dial, dial, probe } from "../../tools/demo/mesh-client";
import { BANNER } from "../../tools/demo/world";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually, sleep } from "../support/rig";

/** Ten seconds until silence counts, five that the question before it was given. */
const NOTICED_MS = 25_000;

jest.setTimeout(120_000);

const envoyPath = realEnvoy();

describePart("a silent Envoy", envoyPath === undefined ? undefined : realConsul("1.22.3"), (consulPath) => {
  let stage: ConsulStage;
  let runtime: Runtime;
  let web: Caller;
  let banner: Dial;
  let other: ChildProcess | undefined;

  const reaches = async (): Promise<boolean> => (await probe(web, banner, 400)).startsWith(BANNER);
  const handedOut = async (): Promise<number> =>
    ((await stage.consul.call("GET", "/v1/health/connect/banner?passing")) as unknown[]).length;
  const said = (message: string): number => stage.lines.filter((line) => line.message === message).length;
  const pid = (): number => {
    const found = runtime.envoyPid();
    if (found === undefined) throw new Error("no Envoy");
    return found;
  };

  beforeAll(async () => {
    stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old: false, portBase: 25_300 });
    await stage.declare();
    await stage.intend("web", "banner", "allow");
    runtime = await stage.start({ restartSilentEnvoy: "20" });
    web = await stage.caller("web");
    banner = await stage.to("banner");
    await eventually(reaches, 15_000);
    await eventually(async () => (await handedOut()) === 1, 15_000);
  });
  afterAll(async () => {
    other?.kill("SIGKILL");
    await stage?.stop();
  });

  test("that answers again in time serves as before, and has lost no connection", async () => {
    const before = pid();
    const open = await dial(web, banner);
    await open.echo("before");
    process.kill(before, "SIGSTOP");
    await eventually(async () => (await handedOut()) === 0, NOTICED_MS);
    expect(said("Envoy does not answer: it counts as not serving")).toBe(1);
    expect(runtime.view().envoy.state).toBe("silent");
    process.kill(before, "SIGCONT");
    await eventually(async () => (await handedOut()) === 1, 15_000);
    expect(said("Envoy answers again")).toBe(1);
    expect(pid()).toBe(before);
    await open.echo("still here");
    open.close();
  });

  test("that stays silent is ended, and the next one serves", async () => {
    const before = pid();
    process.kill(before, "SIGSTOP");
    await eventually(() => said("Envoy still does not answer: it is ended and started again") === 1, 40_000);
    await eventually(() => runtime.envoyPid() !== undefined && pid() !== before, 15_000);
    await eventually(reaches, 15_000);
    await eventually(async () => (await handedOut()) === 1, 15_000);
    expect(runtime.view().envoy.state).toBe("running");
  });

  test("that others start is judged by the same rule: seconds without an answer are no silence", async () => {
    await runtime.stop();
    runtime = await stage.start({}, "xds");
    const { adsSocket, adminSocket } = runtime.runDir;
    const file = join(stage.dir, "bootstrap.json");
    writeFileSync(file, JSON.stringify(makeBootstrap({ nodeId: "egress", cluster: "egress", adsSocket, adminSocket })));
    const flags = ["-c", file, "--disable-hot-restart", "--concurrency", "1", "--log-level", "off"];
    other = spawn(envoyPath ?? "", flags, { stdio: "ignore" });
    await eventually(async () => (await handedOut()) === 1, 20_000);
    const from = stage.lines.length;
    other.kill("SIGSTOP");
    const fewest = async (forMs: number): Promise<number> => {
      let least = 1;
      for (const end = Date.now() + forMs; Date.now() < end; await sleep(100))
        least = Math.min(least, await handedOut());
      return least;
    };
    expect(await fewest(8_000)).toBe(1);
    await eventually(async () => (await handedOut()) === 0, NOTICED_MS);
    const said = stage.lines.slice(from).filter(({ level }) => level === "error");
    expect(said.map(({ message }) => message)).toEqual(["Envoy does not answer: it counts as not serving"]);
    expect(runtime.view().envoy.state).toBe("silent");
    other.kill("SIGCONT");
    await eventually(async () => (await handedOut()) === 1, 15_000);
    other.kill("SIGKILL");
    // Gone is no silence.
    await eventually(async () => (await handedOut()) === 0, 5_000);
  });
});
