// A real Consul server for tests and the demo: one process on loopback, ACLs on, every port set, data in a temporary directory.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ConsulServerOptions {
  readonly binary: string;
  /** The oldest lines know neither gRPC over TLS nor `initial_management`. */
  readonly old: boolean;
  /** Uses base+0 HTTP, +1 server RPC, +2 LAN, +3 WAN, +4 HTTPS; below 32768. */
  readonly portBase: number;
  /** One of several servers that are started together. @default - the only one */
  readonly cluster?: {
    /** Management token of all. */
    readonly token: string;
    /** Port bases of all. */
    readonly portBases: readonly number[];
  };
  /** @default "deny" */
  readonly defaultPolicy?: "allow" | "deny";
  /** Of sessions, in seconds. @default 10, Consul's own */
  readonly leastTtlS?: number;
  /** HTTPS is off without. */
  readonly tls?: ServerTls;
}

/** PEM. */
export interface ServerTls {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** Clients must show a certificate of the CA. @default false */
  readonly verifyIncoming?: boolean;
}

export interface ConsulServer {
  /** `http://127.0.0.1:<base>` */
  readonly address: string;
  /** Management token. */
  readonly token: string;
  readonly old: boolean;
  /** Any API call, with the management token unless told otherwise; throws on a status of 400 and above. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<unknown>;
  /** A new token with exactly these rules. */
  makeToken(rules: string): Promise<string>;
  /** Replaces the rules of a token that makeToken() made. */
  setRules(token: string, rules: string): Promise<void>;
  /** Kills the process; data stays. */
  kill(): Promise<void>;
  /** From the next start on. */
  setTls(tls: ServerTls): void;
  /** SIGSTOP and SIGCONT: it accepts connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same data, and waits for a leader. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const READY_MS = 60_000;

export async function startConsulServer(options: ConsulServerOptions): Promise<ConsulServer> {
  const { binary, old, portBase } = options;
  const dir = mkdtempSync(join(tmpdir(), "tgw-consul-"));
  const token = options.cluster?.token ?? randomUUID();
  const address = `http://127.0.0.1:${portBase}`;
  const policies = new Map<string, string>();
  let child: ChildProcess | undefined;
  let output = "";
  writeConfig(dir, token, options);

  const call = async (method: string, path: string, body?: unknown, as = token): Promise<unknown> => {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { "x-consul-token": as },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };

  const start = async (): Promise<void> => {
    output = "";
    const started = spawn(binary, ["agent", "-config-dir", join(dir, "config")], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on("data", (chunk) => {
        output = `${output}${chunk}`.slice(-20_000);
      });
    }
    child = started;
    const end = Date.now() + READY_MS;
    for (;;) {
      try {
        await call("PUT", "/v1/kv/ready", "1");
        const { ActiveRootID } = (await call("GET", "/v1/connect/ca/roots")) as { ActiveRootID: string };
        if (ActiveRootID === "") throw new Error("no CA yet");
        return;
      } catch (error) {
        if (started.exitCode !== null || Date.now() > end) {
          await kill();
          throw new Error(`Consul did not start: ${error}\n${output}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };

  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await gone;
  };

  await start().catch((error: unknown) => {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  });
  return {
    address,
    token,
    old,
    call,
    async makeToken(rules) {
      const name = `p-${randomUUID()}`;
      const policy = (await call("PUT", "/v1/acl/policy", { Name: name, Rules: rules })) as { ID: string };
      const made = (await call("PUT", "/v1/acl/token", { Policies: [{ ID: policy.ID }] })) as { SecretID: string };
      policies.set(made.SecretID, `${policy.ID} ${name}`);
      return made.SecretID;
    },
    async setRules(of, rules) {
      const [id, name] = policies.get(of)?.split(" ") ?? [];
      await call("PUT", `/v1/acl/policy/${id}`, { ID: id, Name: name, Rules: rules });
    },
    kill,
    setTls: (tls) => writeConfig(dir, token, { ...options, tls }),
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    start,
    async stop() {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function writeConfig(dir: string, token: string, options: ConsulServerOptions): void {
  const { old, portBase, defaultPolicy = "deny", leastTtlS, tls, cluster } = options;
  const config = join(dir, "config");
  const path = (name: string): string => join(dir, name);
  const files = { ca_file: path("ca.pem"), cert_file: path("cert.pem"), key_file: path("key.pem") };
  const verify = tls?.verifyIncoming === true;
  if (tls !== undefined) {
    writeFileSync(files.ca_file, tls.caPem);
    writeFileSync(files.cert_file, tls.certPem);
    writeFileSync(files.key_file, tls.keyPem, { mode: 0o600 });
  }
  const value = {
    server: true,
    bootstrap_expect: cluster?.portBases.length ?? 1,
    ...(cluster && {
      ...{ retry_join: cluster.portBases.map((base) => `127.0.0.1:${base + 2}`), retry_interval: "1s" },
      autopilot: { server_stabilization_time: "1s" },
    }),
    node_name: `server-${portBase}`,
    datacenter: "dc1",
    data_dir: path("data"),
    bind_addr: "127.0.0.1",
    client_addr: "127.0.0.1",
    log_level: "warn",
    disable_update_check: true,
    connect: { enabled: true },
    performance: { raft_multiplier: 1 },
    ...(leastTtlS === undefined ? {} : { session_ttl_min: `${leastTtlS}s` }),
    ports: {
      ...{ http: portBase, server: portBase + 1, serf_lan: portBase + 2, serf_wan: portBase + 3 },
      ...{ https: tls === undefined ? -1 : portBase + 4, dns: -1, grpc: -1 },
      ...(old ? {} : { grpc_tls: -1 }),
    },
    acl: {
      enabled: true,
      default_policy: defaultPolicy,
      // Rules that a test changes count at once.
      ...{ policy_ttl: "0s", token_ttl: "0s" },
      tokens: { [old ? "master" : "initial_management"]: token, agent: token },
    },
    ...(tls === undefined
      ? {}
      : old
        ? { ...files, verify_incoming_https: verify }
        : { tls: { https: { ...files, verify_incoming: verify } } }),
  };
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, "agent.json"), JSON.stringify(value), { mode: 0o600 });
}
