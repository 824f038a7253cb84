// Several real Consul servers that elect a leader, on loopback.
import { randomUUID } from "node:crypto";
import { type ConsulServer, startConsulServer } from "./consul-server";
import { eventually } from "./rig";

/** A server forwards to a leader that stands still for half a minute. */
const CALL_MS = 5_000;

export interface ConsulCluster {
  readonly servers: readonly ConsulServer[];
  /** The first server; its calls go to one that is not out, after a failure to the next. */
  readonly any: ConsulServer;
  /** SIGKILL. */
  lose(server: ConsulServer): Promise<void>;
  /** SIGSTOP: it accepts connections and answers nothing. */
  blackHole(server: ConsulServer): void;
  /** Back as they were; resolves when the cluster can spare another again. */
  bringBack(...servers: readonly ConsulServer[]): Promise<void>;
  stop(): Promise<void>;
}

/** `portBases`: of startConsulServer(), one for each server. */
export async function startConsulCluster(options: {
  readonly binary: string;
  readonly old: boolean;
  readonly portBases: readonly number[];
}): Promise<ConsulCluster> {
  const { binary, old, portBases } = options;
  const cluster = { token: randomUUID(), portBases };
  const started = await Promise.allSettled(
    portBases.map((portBase) => startConsulServer({ binary, old, portBase, cluster })),
  );
  const servers = started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const failed = started.find((each) => each.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  // Old servers agree on their ACL system some time after they have a leader.
  const agreed = (server: ConsulServer) => server.call("GET", "/v1/acl/policies").then(yes, no);
  await Promise.all(servers.map((server) => eventually(() => agreed(server), 30_000)));
  const out = new Map<ConsulServer, "killed" | "stopped">();
  let turn = 0;
  const [first] = servers;
  if (first === undefined) throw new Error("a cluster of no servers");
  return {
    servers,
    any: {
      ...first,
      async call(...args) {
        const left = servers.filter((each) => !out.has(each));
        const server = left[turn % left.length];
        if (server === undefined) throw new Error("every server is out");
        try {
          return await within(CALL_MS, server.call(...args));
        } catch (error) {
          turn += 1;
          throw error;
        }
      },
    },
    async lose(server) {
      out.set(server, "killed");
      await server.kill();
    },
    blackHole(server) {
      out.set(server, "stopped");
      server.pause();
    },
    async bringBack(...back) {
      await Promise.all(
        back.map((server) => {
          if (out.get(server) === "killed") return server.start();
          return server.resume();
        }),
      );
      for (const server of back) out.delete(server);
      // Refused while it is not healthy.
      const path = "/v1/operator/autopilot/health";
      await Promise.all(
        servers.map((server) => eventually(() => server.call("GET", path).then(canSpareOne, no), 60_000)),
      );
    },
    stop,
  };
}

/** A server that was away for long votes again only after a while. */
const canSpareOne = (answer: unknown): boolean => (answer as { FailureTolerance: number }).FailureTolerance > 0;
const yes = (): boolean => true;
const no = (): boolean => false;

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
