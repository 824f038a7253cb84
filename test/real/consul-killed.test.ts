// Replicas as users run them, one command each with its Envoy, and no client agent anywhere: one is killed with SIGKILL, one stands
// still. Callers' proxies ask Consul for passing instances: neither is among them within the 30 seconds of the default. Both
// come back under their own names. Both versions of Consul at the same time, as most of this is waiting.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Gateway, startGateway } from "../../tools/demo/gateway";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually, sleep } from "../support/rig";

const VERSIONS = [
  { version: "1.22.3", old: false, portBase: 22_440 },
  { version: "1.8.19", old: true, portBase: 22_460 },
] as const;
const PORTS = { a: 0, b: 7, c: 8 } as const;
type Replica = keyof typeof PORTS;

/** What --reap-after is without the flag. */
const STATED_MS = 30_000;
/** Looks of a busy machine. */
const SLACK_MS = 3_000;

jest.setTimeout(240_000);

const envoyPath = realEnvoy();
const paths = VERSIONS.map(({ version }) => realConsul(version));

/** The command and its Envoy. */
function pidsOf({ pid }: Gateway): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return [pid ?? 0, ...children.map(Number)].filter((each) => each > 0);
}

describePart("a replica", paths.includes(undefined) ? undefined : envoyPath, (envoy) => {
  const stages: ConsulStage[] = [];
  const gateways = new Set<Gateway>();
  const stopped = new Set<number>();
  const signal = (gateway: Gateway, name: NodeJS.Signals): void => {
    for (const pid of pidsOf(gateway)) {
      process.kill(pid, name);
      if (name === "SIGSTOP") stopped.add(pid);
      else stopped.delete(pid);
    }
    if (name === "SIGKILL") gateways.delete(gateway);
  };

  afterAll(async () => {
    for (const pid of stopped) process.kill(pid, "SIGCONT");
    await Promise.all([...gateways].map((each) => each.stop()));
    for (const stage of stages) await stage.stop();
  });

  const story = async ({ old, portBase }: (typeof VERSIONS)[number], consulPath: string): Promise<void> => {
    const options = { envoyPath: envoy, consulPath, old, portBase };
    const stage = await startConsulStage({ ...options, replicas: ["a", "b", "c"] });
    stages.push(stage);
    await stage.declare();
    const start = async (replica: Replica): Promise<Gateway> => {
      const own = { replica, address: `127.0.0.1:${portBase + PORTS[replica]}`, concurrency: "1" };
      const flags = { gateway: "egress", "consul-addr": stage.consul.address, "token-file": stage.tokenFile, ...own };
      const dirs = { stateDir: join(stage.dir, `state-${replica}`), runDir: join(stage.dir, `run-${replica}`) };
      const consul = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
      const gateway = await startGateway(
        { root: join(__dirname, "../.."), consul, ...dirs, envoyPath: envoy },
        "egress",
      );
      gateways.add(gateway);
      return gateway;
    };
    const passing = async (): Promise<string> =>
      ((await stage.consul.call("GET", "/v1/health/connect/billing?passing")) as { Service: { ID: string } }[])
        .map(({ Service }) => Service.ID)
        .sort()
        .join();

    const a = await start("a");
    await start("b");
    const c = await start("c");
    await eventually(async () => (await passing()) === "egress-a,egress-b,egress-c", 20_000);
    // So long a new replica judges nobody.
    await sleep(STATED_MS + SLACK_MS);
    signal(a, "SIGKILL");
    signal(c, "SIGSTOP");
    await eventually(async () => (await passing()) === "egress-b", STATED_MS + SLACK_MS);

    await start("a");
    await eventually(async () => (await passing()) === "egress-a,egress-b", 10_000);
    signal(c, "SIGCONT");
    await eventually(async () => (await passing()) === "egress-a,egress-b,egress-c", 20_000);
    await sleep(10_000);
    expect(await passing()).toBe("egress-a,egress-b,egress-c");
  };

  test("killed or standing still is skipped within the stated time, and comes back", async () => {
    await Promise.all(VERSIONS.map((version, at) => story(version, paths[at] ?? "")));
  });
});
