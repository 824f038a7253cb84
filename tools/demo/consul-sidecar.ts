// A Consul client agent and an ordinary sidecar of a mesh service, both by the real Consul binary, as on a caller's host.
import { type ChildProcess, spawn } from "node:child_process";
import { endProcess, retry, startConsulAgent } from "./consul-agent";
import type { ConsulServer } from "./consul-server";

export interface SidecarOptions {
  readonly consulPath: string;
  readonly envoyPath: string;
  readonly server: ConsulServer;
  /** Of startConsulServer(): the agent joins its LAN port. */
  readonly serverPortBase: number;
  /** The agent uses +0 to +2 and +8, the sidecar +3 for its admin interface and +4 for its own listener. */
  readonly portBase: number;
  /** The mesh service that calls. */
  readonly service: string;
  /** What it calls, each at a port of its own on loopback. */
  readonly upstreams: readonly { readonly name: string; readonly port: number }[];
  /** Port to which outbound connections are redirected: transparent mode, in which intentions say what it calls. @default - direct */
  readonly outboundPort?: number;
}

export interface Sidecar {
  /** Last lines of agent and Envoy. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts a client agent, registers the service with a sidecar on it, and starts `consul connect envoy -sidecar-for`. */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { consulPath, envoyPath, server, serverPortBase, portBase, service, upstreams, outboundPort } = options;
  const agent = await startConsulAgent({ binary: consulPath, server, serverPortBase, portBase });
  let envoy: ChildProcess | undefined;
  let output = "";
  const stop = async (): Promise<void> => {
    await endProcess(envoy);
    await agent.stop();
  };
  try {
    await agent.call("PUT", "/v1/agent/service/register", {
      ...{ Name: service, Port: portBase + 9 },
      Connect: {
        SidecarService: {
          Port: portBase + 4,
          Proxy: {
            Upstreams: upstreams.map(({ name, port }) => ({ DestinationName: name, LocalBindPort: port })),
            ...(outboundPort !== undefined && {
              ...{ Mode: "transparent", TransparentProxy: { OutboundListenerPort: outboundPort } },
            }),
          },
          Checks: [],
        },
      },
    });
    // The path of Envoy is told by PATH or by flag; the token by the environment alone.
    const which = ["-sidecar-for", service, "-envoy-binary", envoyPath, "-ignore-envoy-compatibility"];
    const places = ["-admin-bind", `127.0.0.1:${portBase + 3}`, "-grpc-addr", `127.0.0.1:${portBase + 2}`];
    const own = ["--", "--concurrency", "1", "-l", "error", "--base-id", String(portBase)];
    const env = { ...process.env, CONSUL_HTTP_ADDR: agent.address, CONSUL_HTTP_TOKEN: server.token };
    const stdio = ["ignore", "pipe", "pipe"] as const;
    envoy = spawn(consulPath, ["connect", "envoy", ...which, ...places, ...own], { env, stdio: [...stdio] });
    for (const stream of [envoy.stdout, envoy.stderr]) {
      stream?.on("data", (chunk) => {
        output = `${output}${chunk}`.slice(-20_000);
      });
    }
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
  return { output: () => `${agent.output()}\n${output}`, stop };
}
