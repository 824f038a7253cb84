// Envoy's admin interface: one short-lived connection per question, bounded in time.

import { request } from "node:http";
import type { AdminAddress } from "./admin-address";

export interface EnvoyAdmin {
  /** True when /ready says LIVE: the first configuration is complete. Rejects when nothing answers. */
  isReady(): Promise<boolean>;
  /**
   * What it says to the question whether it is ready; `absent`: there is no Envoy, `silent`: it says nothing within 5 s. Never
   * rejects.
   */
  look(): Promise<"ready" | "notReady" | "absent" | "silent">;
  /** Stops accepting after Envoy's drain time; until then asks HTTP clients to go elsewhere. Envoy itself stays. */
  drainListeners(): Promise<void>;
  /** Ends the process; open connections are cut. */
  quit(): Promise<void>;
  /** Client connections that are open now, the admin interface's and the internal hops not counted. */
  activeConnections(): Promise<number>;
  /** Counters and gauges by name; `filter` is a regular expression (RE2) over the whole name. Histograms are left out. */
  stats(filter: string): Promise<ReadonlyMap<string, number>>;
  /** What Envoy still waits for before it is ready, as `SdsApi leaf/billing`. */
  initTargets(): Promise<readonly string[]>;
  /** JSON of /listeners, /config_dump (keys redacted by Envoy) and /server_info. */
  listeners(): Promise<unknown>;
  configDump(): Promise<unknown>;
  serverInfo(): Promise<unknown>;
}

const TIMEOUT_MS = 2_000;
/** Envoy answers when it has taken the change of configuration that it is at, which can take seconds. */
const ALIVE_TIMEOUT_MS = 5_000;
/** The JSON of thousands of services takes seconds to print and move. */
const DUMP_TIMEOUT_MS = 30_000;

// Internal listeners (one per service) are named envoy_internal_…; RE2 knows no look-ahead, so letter by letter.
const CONNECTION_GAUGES = "^listener\\.([^e]|e[^n]|en[^v]).*\\.downstream_cx_active$";

/** Nothing is opened until a question is asked. */
export function makeAdmin(at: AdminAddress): EnvoyAdmin {
  const where = typeof at === "string" ? { socketPath: at } : { host: at.address, port: at.port };
  const ask = (method: "GET" | "POST", path: string, timeoutMs = TIMEOUT_MS): Promise<Answer> =>
    send({ ...where, method, path, timeoutMs });
  const json = async (path: string): Promise<unknown> => JSON.parse((await ask("GET", path, DUMP_TIMEOUT_MS)).body);
  const stats = async (filter: string): Promise<ReadonlyMap<string, number>> => {
    const answer = await json(`/stats?format=json&filter=${encodeURIComponent(filter)}`);
    return new Map(
      (answer as StatsAnswer).stats.flatMap(({ name, value }) => (name && value !== undefined ? [[name, value]] : [])),
    );
  };
  return {
    isReady: async () => (await ask("GET", "/ready")).status === 200,
    look: () =>
      ask("GET", "/ready", ALIVE_TIMEOUT_MS).then(
        ({ status }) => (status === 200 ? "ready" : "notReady"),
        ({ code = "" }: NodeJS.ErrnoException) => (["ENOENT", "ECONNREFUSED"].includes(code) ? "absent" : "silent"),
      ),
    drainListeners: async () => expectOk(await ask("POST", "/drain_listeners?graceful")),
    quit: async () => expectOk(await ask("POST", "/quitquitquit")),
    activeConnections: async () => {
      const gauges = [...(await stats(CONNECTION_GAUGES))];
      const counted = gauges.filter(([name]) => !/\.(worker_\d+|main_thread)\.|^listener\.admin\./.test(name));
      return counted.reduce((sum, [, value]) => sum + value, 0);
    },
    stats,
    initTargets: async () => {
      const answer = (await json("/init_dump")) as InitDump;
      return (answer.unready_targets_dumps ?? []).flatMap((dump) => dump.target_names ?? []);
    },
    listeners: () => json("/listeners?format=json"),
    configDump: () => json("/config_dump"),
    serverInfo: () => json("/server_info"),
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface StatsAnswer {
  readonly stats: readonly { readonly name?: string; readonly value?: number }[];
}

interface InitDump {
  readonly unready_targets_dumps?: readonly { readonly name?: string; readonly target_names?: readonly string[] }[];
}

function expectOk({ status, body }: Answer): void {
  if (status !== 200) throw new Error(`Envoy's admin interface answered ${status}: ${body.trim()}`);
}

interface Question {
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly timeoutMs: number;
}

function send(question: Question): Promise<Answer> {
  const { timeoutMs, ...options } = question;
  return new Promise((resolve, reject) => {
    // No agent: a kept connection would belong to an Envoy that may be gone. The signal bounds the whole exchange.
    const outgoing = request({ ...options, agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}
