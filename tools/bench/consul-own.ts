// Consul's own gateway: a client agent of the same binary that has joined the server, and `consul connect envoy
// -gateway=terminating` with the same Envoy. The agent is its control plane.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, cpuSeconds, startChild } from "./consul-child";
import { DRAIN_ARGS, type Side, type SideOptions, xdsBytes } from "./consul-side";
import { until } from "./consul-wait";

const START_MS = 60_000;

export async function makeOwn(options: SideOptions): Promise<Side> {
  const { consulPath, envoyPath, dir, portBase, server } = options;
  const agentPort = portBase + 20;
  const address = `http://127.0.0.1:${agentPort}`;
  mkdirSync(join(dir, "config"), { recursive: true });
  const config = {
    ...{ server: false, node_name: `agent-${agentPort}`, datacenter: "dc1", data_dir: join(dir, "data") },
    ...{ bind_addr: "127.0.0.1", client_addr: "127.0.0.1", log_level: "warn", disable_update_check: true },
    retry_join: [`127.0.0.1:${server.lanPort}`],
    retry_interval: "1s",
    ports: {
      ...{ http: agentPort, serf_lan: agentPort + 1, grpc: agentPort + 2, server: agentPort + 8 },
      ...{ grpc_tls: -1, dns: -1, https: -1 },
    },
    acl: { enabled: true, default_policy: "deny", tokens: { default: server.token, agent: server.token } },
  };
  writeFileSync(join(dir, "config/agent.json"), JSON.stringify(config), { mode: 0o600 });
  const children: Child[] = [];
  const startAgent = (): Child => {
    const child = startChild(consulPath, ["agent", "-config-dir", join(dir, "config")], { cwd: dir });
    children.push(child);
    return child;
  };
  let agent = startAgent();
  let envoy: Child | undefined;
  const stop = async (): Promise<void> => {
    await envoy?.stop();
    await agent.kill();
  };
  const init = { headers: { "x-consul-token": server.token } };
  const joined = async (): Promise<boolean> => (await fetch(`${address}/v1/catalog/nodes`, init)).ok;
  try {
    await until(joined, START_MS, "the client agent has joined");
  } catch (error) {
    await stop();
    throw new Error(`${error}\n${agent.output()}`, { cause: error });
  }
  return {
    name: "Consul's own",
    control: () => agent,
    async start() {
      const gateway = ["-gateway=terminating", "-register", "-service", "egress", "-address", `127.0.0.1:${portBase}`];
      const places = ["-admin-bind", `127.0.0.1:${portBase + 4}`, "-grpc-addr", `127.0.0.1:${agentPort + 2}`];
      const binary = ["-envoy-binary", envoyPath, "-ignore-envoy-compatibility"];
      const args = ["connect", "envoy", ...gateway, ...places, ...binary, "--", ...DRAIN_ARGS, "-l", "error"];
      const cpuBefore = cpuSeconds(agent.pid);
      const env = { ...process.env, CONSUL_HTTP_ADDR: address, CONSUL_HTTP_TOKEN: server.token };
      // It becomes Envoy by exec, so its pid is Envoy's.
      envoy = startChild(consulPath, args, { cwd: dir, env });
      children.push(envoy);
      return cpuBefore;
    },
    kill: () => agent.kill(),
    async restart() {
      agent = startAgent();
    },
    bytes: () => xdsBytes({ host: "127.0.0.1", port: portBase + 4 }, "local_agent"),
    refusals: () => children.reduce((sum, child) => sum + child.refusals(), 0),
    output: () => children.map((child) => child.output()).join("\n"),
    stop,
  };
}
