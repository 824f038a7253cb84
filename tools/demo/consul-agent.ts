// A real Consul client agent on loopback, as it runs on the host of a mesh service.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConsulServer } from "./consul-server";

export interface ConsulAgentOptions {
  readonly binary: string;
  /** @default false - as of startConsulServer() */
  readonly old?: boolean;
  readonly server: ConsulServer;
  /** Of startConsulServer(): the agent joins its LAN port. */
  readonly serverPortBase: number;
  /** Uses base+0 HTTP, +1 LAN, +2 gRPC, +8 RPC. */
  readonly portBase: number;
}

export interface ConsulAgent {
  /** `http://127.0.0.1:<base>` */
  readonly address: string;
  /** Of its node. */
  readonly name: string;
  /** Any API call, with the management token; throws on a status of 400 and above. */
  call(method: string, path: string, body?: object): Promise<unknown>;
  /** Last lines. */
  output(): string;
  /** Kills the process; data stays unless told otherwise. */
  kill(lose?: { readonly data: boolean }): Promise<void>;
  /** Starts it again; resolves when it knows the server. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it and waits until it knows the server. */
export async function startConsulAgent(options: ConsulAgentOptions): Promise<ConsulAgent> {
  const { binary, server, portBase } = options;
  const dir = mkdtempSync(join(tmpdir(), "tgw-agent-"));
  const address = `http://127.0.0.1:${portBase}`;
  const name = `client-${portBase}`;
  writeConfig(dir, name, options);
  let child: ChildProcess | undefined;
  let output = "";

  const call: ConsulAgent["call"] = async (method, path, body) => {
    const init = { method, headers: { "x-consul-token": server.token } };
    const answer = await fetch(`${address}${path}`, { ...init, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  const start = async (): Promise<void> => {
    child = spawn(binary, ["agent", "-config-dir", join(dir, "config")], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        output = `${output}${chunk}`.slice(-20_000);
      });
    }
    // Answered by the server, through the agent.
    await retry(
      () => call("GET", `/v1/catalog/node/${name}`),
      () => output,
    );
  };
  const kill: ConsulAgent["kill"] = async (lose) => {
    await endProcess(child);
    if (lose?.data === true) rmSync(join(dir, "data"), { recursive: true, force: true });
  };
  const stop = async (): Promise<void> => {
    await kill();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, name, call, output: () => output, kill, start, stop };
}

function writeConfig(dir: string, name: string, { old, server, serverPortBase, portBase }: ConsulAgentOptions): void {
  const config = {
    // Given, as one that is made anew after a loss of data is refused under the old name.
    node_id: randomUUID(),
    ...{ server: false, node_name: name, datacenter: "dc1", data_dir: join(dir, "data") },
    ...{ bind_addr: "127.0.0.1", client_addr: "127.0.0.1", log_level: "warn", disable_update_check: true },
    retry_join: [`127.0.0.1:${serverPortBase + 2}`],
    ports: {
      ...{ http: portBase, serf_lan: portBase + 1, grpc: portBase + 2, server: portBase + 8 },
      ...{ dns: -1, https: -1, ...(old ? {} : { grpc_tls: -1 }) },
    },
    acl: { enabled: true, default_policy: "deny", tokens: { default: server.token, agent: server.token } },
  };
  mkdirSync(join(dir, "config"));
  writeFileSync(join(dir, "config/agent.json"), JSON.stringify(config), { mode: 0o600 });
}

/** SIGKILL, and waits for the end. */
export async function endProcess(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** Tries every 100 ms; fails with the last error and `output`. */
export async function retry(attempt: () => Promise<unknown>, output: () => string, ms = 30_000): Promise<void> {
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
