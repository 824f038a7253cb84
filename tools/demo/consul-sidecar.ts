// A Consul client agent and an ordinary sidecar of a mesh service, both by the real Consul binary, as on a caller's host.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConsulServer } from "./consul-server";

export interface SidecarOptions {
  readonly consulPath: string;
  readonly envoyPath: string;
  readonly server: ConsulServer;
  /** Of startConsulServer(): the agent joins its LAN port. */
  readonly serverPortBase: number;
  /** The agent uses +0 HTTP, +1 LAN, +2 gRPC, the sidecar +3 for its admin interface and +4 for its own listener. */
  readonly portBase: number;
  /** The mesh service that calls. */
  readonly service: string;
  /** What it calls, each at a port of its own on loopback. */
  readonly upstreams: readonly { readonly name: string; readonly port: number }[];
}

export interface Sidecar {
  /** Last lines of agent and Envoy. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts a client agent, registers the service with a sidecar on it, and starts `consul connect envoy -sidecar-for`. */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { consulPath, envoyPath, server, serverPortBase, portBase, service, upstreams } = options;
  const dir = mkdtempSync(join(tmpdir(), "tgw-agent-"));
  const address = `http://127.0.0.1:${portBase}`;
  const children: ChildProcess[] = [];
  let output = "";
  const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): void => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"], cwd: dir });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        output = `${output}${chunk}`.slice(-20_000);
      });
    }
    children.push(child);
  };
  const call = async (method: string, path: string, body?: object): Promise<void> => {
    const init = { method, headers: { "x-consul-token": server.token } };
    const answer = await fetch(`${address}${path}`, { ...init, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    }
    rmSync(dir, { recursive: true, force: true });
  };

  mkdirSync(join(dir, "config"));
  const config = {
    ...{ server: false, node_name: `client-${portBase}`, datacenter: "dc1", data_dir: join(dir, "data") },
    ...{ bind_addr: "127.0.0.1", client_addr: "127.0.0.1", log_level: "warn", disable_update_check: true },
    retry_join: [`127.0.0.1:${serverPortBase + 2}`],
    ports: {
      http: portBase,
      serf_lan: portBase + 1,
      grpc: portBase + 2,
      grpc_tls: -1,
      dns: -1,
      https: -1,
      server: portBase + 8,
    },
    acl: { enabled: true, default_policy: "deny", tokens: { default: server.token, agent: server.token } },
  };
  writeFileSync(join(dir, "config/agent.json"), JSON.stringify(config), { mode: 0o600 });
  run(consulPath, ["agent", "-config-dir", join(dir, "config")]);
  try {
    const registration = {
      ...{ Name: service, Port: portBase + 9 },
      Connect: {
        SidecarService: {
          Port: portBase + 4,
          Proxy: { Upstreams: upstreams.map(({ name, port }) => ({ DestinationName: name, LocalBindPort: port })) },
          Checks: [],
        },
      },
    };
    await retry(
      () => call("PUT", "/v1/agent/service/register", registration),
      () => output,
    );
    // The path of Envoy is told by PATH or by flag; the token by the environment alone.
    const args = [
      "connect",
      "envoy",
      "-sidecar-for",
      service,
      "-envoy-binary",
      envoyPath,
      "-ignore-envoy-compatibility",
    ];
    const places = ["-admin-bind", `127.0.0.1:${portBase + 3}`, "-grpc-addr", `127.0.0.1:${portBase + 2}`];
    const env = { ...process.env, CONSUL_HTTP_ADDR: address, CONSUL_HTTP_TOKEN: server.token };
    run(
      consulPath,
      [...args, ...places, "--", "--concurrency", "1", "-l", "error", "--base-id", String(portBase)],
      env,
    );
    await retry(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${portBase + 3}/ready`);
        if (!answer.ok) throw new Error(await answer.text());
      },
      () => output,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { output: () => output, stop };
}

async function retry(attempt: () => Promise<unknown>, output: () => string, ms = 30_000): Promise<void> {
  const end = Date.now() + ms;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > end) throw new Error(`${error}\n${output()}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
