// An ordinary sidecar of Consul, which knows nothing of us, reaches external services through our gateway: client agent,
// `consul connect envoy -sidecar-for`, local upstream ports, exactly as callers have them. Old servers can drive no Envoy
// that is to be had today, so this is seen on the new one alone.
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { type Sidecar, startSidecar } from "../../tools/demo/consul-sidecar";
import { BANNER } from "../../tools/demo/world";
import { type ConsulStage, startConsulStage } from "../support/consul-gateway";
import { describePart, realConsul, realEnvoy } from "../support/real-parts";
import { eventually } from "../support/rig";

const PORT_BASE = 22_200;
const AGENT = PORT_BASE + 20;
const UPSTREAMS = [
  { name: "billing", port: AGENT + 5 },
  { name: "banner", port: AGENT + 6 },
];

jest.setTimeout(120_000);

const envoyPath = realEnvoy();

describePart("a sidecar", envoyPath === undefined ? undefined : realConsul("1.22.3"), (consulPath) => {
  let stage: ConsulStage;
  let sidecar: Sidecar;

  /** One request of the mesh service to its own sidecar, in plaintext, as applications do. */
  const call = (path = "/"): Promise<{ status: number; body: string }> =>
    new Promise((resolve) => {
      const asked = httpRequest({ host: "127.0.0.1", port: AGENT + 5, path, agent: false, timeout: 3000 }, (answer) => {
        let body = "";
        answer.on("data", (chunk) => {
          body += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.on("error", () => resolve({ status: 0, body }));
      });
      asked.on("timeout", () => asked.destroy());
      asked.on("error", () => resolve({ status: 0, body: "" }));
      asked.end();
    });
  /** What a TCP upstream says by itself. */
  const listen = (ms = 1500): Promise<string> =>
    new Promise((resolve) => {
      let text = "";
      const socket = connect(AGENT + 6, "127.0.0.1");
      const end = (): void => {
        clearTimeout(timer);
        socket.destroy();
        resolve(text);
      };
      const timer = setTimeout(end, ms);
      socket.on("data", (chunk) => {
        text += chunk;
        if (text.includes("\n")) end();
      });
      socket.on("error", end);
      socket.on("close", end);
    });

  beforeAll(async () => {
    stage = await startConsulStage({ envoyPath: envoyPath ?? "", consulPath, old: false, portBase: PORT_BASE });
    await stage.declare();
    const runtime = await stage.start();
    await eventually(() => runtime.status().filter(({ state }) => state === "ready").length === 3, 20_000);
    const agent = { consulPath, envoyPath: envoyPath ?? "", server: stage.consul, serverPortBase: PORT_BASE + 10 };
    sidecar = await startSidecar({ ...agent, portBase: AGENT, service: "web", upstreams: UPSTREAMS });
  });
  afterAll(async () => {
    await sidecar?.stop();
    await stage?.stop();
  });

  test("without an intention it gets nothing", async () => {
    await eventually(async () => (await call()).status === 403, 20_000);
    expect(await listen()).toBe("");
  });

  test("with one it reaches HTTPS and plain TCP services", async () => {
    await stage.intend("web", "billing", "allow");
    await stage.intend("web", "banner", "allow");
    await eventually(async () => (await call()).status === 200, 20_000);
    expect(JSON.parse((await call("/some/path")).body)).toMatchObject({ service: "billing", path: "/some/path" });
    await eventually(async () => (await listen()) === BANNER, 20_000);
  });

  test("taken away again, it is refused again", async () => {
    await stage.intend("web", "billing", "deny");
    await eventually(async () => (await call()).status === 403, 20_000);
    await stage.intend("web", "billing", "allow");
    await eventually(async () => (await call()).status === 200, 20_000);
  });
});
