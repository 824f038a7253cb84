// The gateway as a user runs it: the consul-tgw command as a child process, watched through its JSON log.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Caller, Dial } from "./mesh-client";

/** Everything that names this gateway on the command line. */
export interface Place extends Where {
  readonly manifest: string;
}

/** The same, or with Consul as the source instead of a manifest. */
export interface Where {
  /** Root of the package. */
  readonly root: string;
  readonly manifest?: string;
  /** Flags of `run` that name a Consul server. */
  readonly consul?: readonly string[];
  readonly stateDir: string;
  readonly runDir: string;
  readonly envoyPath: string;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly service?: string;
  readonly reason?: string;
}

export interface Gateway {
  readonly pid: number | undefined;
  readonly lines: readonly LogLine[];
  /** Resolves with the first line from now on for which `test` holds. */
  line(test: (line: LogLine) => boolean, ms?: number): Promise<LogLine>;
  /** Seconds that the Envoy which runs now has been up, and its version. */
  envoy(): Promise<{ readonly startedAtMs: number; readonly version: string }>;
  /** SIGTERM, then waits; resolves with the exit code. */
  stop(): Promise<number>;
}

const cli = (place: Where): string => join(place.root, "bin/consul-tgw.js");
const where = (place: Where): string[] => [
  ...(place.manifest === undefined ? [] : ["--manifest", place.manifest]),
  "--state-dir",
  place.stateDir,
  "--run-dir",
  place.runDir,
];

/** Starts `consul-tgw run` and waits until it says that the gateway is ready. */
export async function startGateway(place: Where, gateway: string, readyMs = 20_000): Promise<Gateway> {
  // Whatever Consul the environment names: the demo has its own, or none.
  const source = place.consul ?? ["--standalone"];
  const args = ["run", ...where(place), ...source, "--envoy-path", place.envoyPath, "--drain-time", "1", "--json"];
  const child = spawn(process.execPath, [cli(place), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const lines: LogLine[] = [];
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (text) => {
    lines.push(text.startsWith("{") ? JSON.parse(text) : { level: "error", msg: text });
    wake();
  });
  // With --json, what the command has against its input comes on standard output.
  child.stdout?.on("data", (chunk: Buffer) => lines.push({ level: "error", msg: chunk.toString() }));
  const exited = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  void exited.then(wake);
  const line: Gateway["line"] = (test, ms = 10_000) => nextLine({ lines, watchers, child, test, ms });
  await line((one) => one.msg === "gateway ready", readyMs);
  return {
    pid: child.pid,
    lines,
    line,
    envoy: () => serverInfo(join(place.runDir, gateway, "admin.sock")),
    stop() {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

function nextLine(options: {
  readonly lines: readonly LogLine[];
  readonly watchers: Set<() => void>;
  readonly child: ChildProcess;
  readonly test: (line: LogLine) => boolean;
  readonly ms: number;
}): Promise<LogLine> {
  const { lines, watchers, child, test, ms } = options;
  let at = lines.length;
  return new Promise((resolve, reject) => {
    const finish = (then: () => void): void => {
      clearTimeout(limit);
      watchers.delete(look);
      then();
    };
    const look = (): void => {
      for (; at < lines.length; at += 1) {
        const line = lines[at] as LogLine;
        if (!test(line)) continue;
        at += 1;
        finish(() => resolve(line));
        return;
      }
      if (child.exitCode !== null && child.stdout?.readableEnded !== false)
        finish(() => reject(new Error(`the gateway ended: ${tail(lines)}`)));
    };
    const limit = setTimeout(() => finish(() => reject(new Error(`the gateway did not say so: ${tail(lines)}`))), ms);
    watchers.add(look);
    look();
  });
}

const tail = (lines: readonly LogLine[]): string =>
  lines
    .slice(-5)
    .map((line) => JSON.stringify(line))
    .join("\n");

async function serverInfo(socketPath: string): Promise<{ startedAtMs: number; version: string }> {
  const text = await new Promise<string>((resolve, reject) => {
    const asked = httpRequest({ socketPath, path: "/server_info", timeout: 3000 }, (answer) => {
      let body = "";
      answer.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      answer.on("end", () => resolve(body));
    });
    asked.on("error", reject);
    asked.end();
  });
  const info = JSON.parse(text) as { uptime_current_epoch: string; version: string };
  return {
    startedAtMs: Date.now() - Number.parseFloat(info.uptime_current_epoch) * 1000,
    version: info.version.split("/")[1] ?? info.version,
  };
}

/** `consul-tgw status`: what it prints, and its exit code. */
export async function showStatus(place: Where): Promise<{ readonly text: string; readonly code: number }> {
  const args = [cli(place), "status", ...where(place)];
  const asked = promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  return asked.then(
    ({ stdout }) => ({ text: stdout, code: 0 }),
    (error: { readonly stdout: string; readonly code: number }) => ({ text: error.stdout, code: error.code }),
  );
}

/** A mesh caller of this name, by `consul-tgw cert`. */
export async function meshCaller(place: Place, service: string): Promise<{ caller: Caller; trustDomain: string }> {
  const args = [cli(place), "cert", ...where(place), "--service", service, "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  const leaf = JSON.parse(stdout) as { certPem: string; keyPem: string; rootsPem: string; trustDomain: string };
  return {
    caller: { cert: leaf.certPem, key: leaf.keyPem, ca: leaf.rootsPem },
    trustDomain: leaf.trustDomain,
  };
}

/** How a sidecar in the datacenter reaches this linked service. */
export function dialOf(service: string, trustDomain: string, port: number, datacenter = "dc1"): Dial {
  return {
    host: "127.0.0.1",
    port,
    sni: `${service}.default.${datacenter}.internal.${trustDomain}`,
    spiffe: `spiffe://${trustDomain}/ns/default/dc/${datacenter}/svc/${service}`,
  };
}
