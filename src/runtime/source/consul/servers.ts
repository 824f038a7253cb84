// Which server is asked: one at a time, kept while it answers. A server that fails is passed over for a time that doubles;
// whoever asks it is told to move.

import type { Clock, Logger, Random } from "../../ports";
import { type ConsulAccess, type ConsulAddress, formatConsulAddress } from "./access";
import { makeHttp1 } from "./http1";
import { makeTlsTransport } from "./tls-transport";
import type { Transport } from "./transport";

const FIRST_REST_MS = 1_000;
const LAST_REST_MS = 60_000;

export interface Server {
  readonly name: string;
  readonly address: ConsulAddress;
  readonly transport: Transport;
  /** Called when the server is given up: what waits for it must ask another. */
  readonly onGivenUp: Set<() => void>;
}

export interface Servers {
  /** The server to ask now. */
  pick(): Server;
  /** The server did not answer, or did not know better: another one is tried for a while. */
  failed(server: Server, reason: string): void;
  answered(server: Server): void;
  /** How many there are. */
  readonly count: number;
  close(): void;
}

interface Score {
  failures: number;
  restsUntilMs: number;
}

export function makeServers(
  access: ConsulAccess,
  ports: { readonly clock: Clock; readonly random: Random; readonly log: Logger },
): Servers {
  const { clock, random, log } = ports;
  const scores = new Map<Server, Score>();
  for (const address of access.addresses) {
    const transport = address.scheme === "https" ? makeTlsTransport(address, access.tls ?? {}) : makeHttp1(address);
    const server = { name: formatConsulAddress(address), address, transport, onGivenUp: new Set<() => void>() };
    scores.set(server, { failures: 0, restsUntilMs: 0 });
  }
  const servers = [...scores.keys()];
  // Gateways of one declaration list the same servers: each starts with another.
  let current = servers[Math.floor(random() * servers.length)];
  if (current === undefined) throw new Error("no address of a Consul server");

  const best = (): Server => {
    const now = clock.now();
    const rest = (server: Server): number => Math.max(0, (scores.get(server)?.restsUntilMs ?? 0) - now);
    return servers.reduce((a, b) => (rest(b) < rest(a) ? b : a), current as Server);
  };

  return {
    count: servers.length,
    pick: () => current as Server,
    failed(server, reason) {
      const score = scores.get(server);
      if (score === undefined) return;
      score.failures += 1;
      const rest = Math.min(FIRST_REST_MS * 2 ** (score.failures - 1), LAST_REST_MS);
      score.restsUntilMs = clock.now() + rest;
      if (server !== current) return;
      current = best();
      if (current === server) return;
      log.warn("Consul server given up", { server: server.name, reason, next: current.name });
      for (const giveUp of [...server.onGivenUp]) giveUp();
    },
    answered(server) {
      const score = scores.get(server);
      if (score !== undefined) Object.assign(score, { failures: 0, restsUntilMs: 0 });
    },
    close() {
      for (const { transport } of servers) transport.close();
    },
  };
}
