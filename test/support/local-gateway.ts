// A gateway that a launcher runs on this machine, seen from outside: its processes, and callers with leaves of its embedded CA.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Caller, type Dial, probe } from "../../tools/demo/mesh-client";
import { startWorld, type World } from "../../tools/demo/world";

const CLI = join(__dirname, "../../bin/consul-tgw.js");

export interface LocalGateway {
  readonly world: World;
  /** For the launcher: it runs the built command line on a real Envoy, whatever the environment names. */
  readonly options: { readonly directory: string; readonly command: string[]; readonly arguments: string[] };
  /** Process id that the launcher noted; undefined where it noted none. */
  pid(): number | undefined;
  /** Command lines of all processes that were started with its directories. */
  processes(): readonly string[];
  /** Everything that it logged. */
  log(): string;
  /** What a caller with this service's leaf is answered by a linked service. @param manifest path of the manifest */
  ask(manifest: string, caller: string, service: string): Promise<string>;
  stop(): Promise<void>;
}

/** The gateway must listen on `portBase`. */
export async function prepareLocalGateway(envoyPath: string, portBase: number): Promise<LocalGateway> {
  const dir = mkdtempSync(join(tmpdir(), "tgw-local-"));
  const [directory, state, leaves] = ["launched", "state", "leaves"].map((each) => join(dir, each)) as [
    string,
    string,
    string,
  ];
  mkdirSync(leaves);
  const world = await startWorld(join(dir, "certs"), portBase);
  const places = ["--state-dir", state, "--run-dir", join(dir, "run")];
  const processes = (): readonly string[] =>
    readdirSync("/proc")
      .filter((each) => /^\d+$/.test(each))
      .map((each) => textIfThere(`/proc/${each}/cmdline`).replaceAll("\0", " "))
      .filter((line) => line.includes(dir));
  return {
    world,
    options: {
      directory,
      command: [process.execPath, CLI],
      arguments: [...places, "--standalone", "--envoy-path", envoyPath, "--drain-time", "1", "--concurrency", "1"],
    },
    pid: () => Number(textIfThere(join(directory, "egress.pid"))) || undefined,
    processes,
    log: () => textIfThere(join(directory, "egress.log")),
    async ask(manifest, caller, service) {
      const { trustDomain, ...leaf } = leafOf(manifest, caller, [...places, "--out", leaves]);
      const spiffe = `spiffe://${trustDomain}/ns/default/dc/dc1/svc/${service}`;
      const to: Dial = {
        host: "127.0.0.1",
        port: portBase,
        sni: `${service}.default.dc1.internal.${trustDomain}`,
        spiffe,
      };
      return probe(leaf, to, 600).catch(() => "");
    },
    async stop() {
      const pid = Number(textIfThere(join(directory, "egress.pid")));
      if (pid > 0 && processes().length > 0) process.kill(pid, "SIGTERM");
      await world.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function leafOf(
  manifest: string,
  service: string,
  places: readonly string[],
): Caller & { readonly trustDomain: string } {
  const args = [CLI, "cert", "--json", "--manifest", manifest, "--service", service, ...places];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 30_000 });
  if (status !== 0) throw new Error(stderr);
  const { cert, key, roots, trustDomain } = JSON.parse(stdout) as Record<
    "cert" | "key" | "roots" | "trustDomain",
    string
  >;
  const read = (path: string): string => readFileSync(path, "utf8");
  return { cert: read(cert), key: read(key), ca: read(roots), trustDomain };
}

function textIfThere(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  } catch {
    // A process may end while it is looked at.
    return "";
  }
}
