// Which server is asked: one at a time, kept while it answers. A server that fails is passed over for a time that doubles;
// whoever asks it is told to move.

import type { Clock, Logger, Random } from "../../ports";
import { type ConsulAccess, type ConsulAddress, type ConsulTls, serverName } from "./access";
import { makeHttp1 } from "./http1";
import { makeTlsTransport } from "./tls-transport";
import type { Transport } from "./transport";

const FIRST_REST_MS = 1_000;
const LAST_REST_MS = 60_000;
/** One object: another one would be another set of certificates. */
const NO_FILES: ConsulTls = {};

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
  /** Whether any of them answers. */
  contact(): Contact;
  close(): void;
}

/** `waiting`: nothing is known yet. `away`: no server answered when it was asked last. */
export type Contact =
  | { readonly state: "waiting" | "connected" }
  | { readonly state: "away"; readonly sinceMs: number; readonly reason: string };

interface Score {
  failures: number;
  restsUntilMs: number;
}

export function makeServers(
  access: ConsulAccess,
  ports: { readonly clock: Clock; readonly random: Random; readonly log: Logger },
): Servers {
  const { clock, random, log } = ports;
  const { discovery } = access;
  const scores = new Map<Server, Score>();
  const known = new Map<string, Server>();
  let heard = false;
  /** Since the last answer. */
  let failing: { readonly sinceMs: number; readonly reason: string } | undefined;

  const make = (address: ConsulAddress): Server => {
    const transport =
      address.scheme === "https" ? makeTlsTransport(address, access.tls ?? (() => NO_FILES)) : makeHttp1(address);
    return { name: serverName(address), address, transport, onGivenUp: new Set() };
  };
  /** Servers that are gone are given up; those that stay keep their connections. */
  const follow = (addresses: readonly ConsulAddress[]): readonly Server[] => {
    const names = new Set(addresses.map(serverName));
    const gone = [...known.values()].filter(({ name }) => !names.has(name));
    for (const address of addresses) {
      const name = serverName(address);
      if (known.has(name)) continue;
      const server = make(address);
      known.set(name, server);
      scores.set(server, { failures: 0, restsUntilMs: 0 });
    }
    for (const server of gone) {
      known.delete(server.name);
      scores.delete(server);
    }
    return gone;
  };

  follow(discovery?.addresses() ?? access.addresses);
  const any = (): Server | undefined => [...known.values()][Math.floor(random() * known.size)];
  // Gateways of one declaration list the same servers: each starts with another.
  let current = any();
  if (current === undefined) throw new Error("no address of a Consul server");

  const best = (): Server => {
    const now = clock.now();
    const rest = (server: Server): number => Math.max(0, (scores.get(server)?.restsUntilMs ?? 0) - now);
    return [...known.values()].reduce((a, b) => (rest(b) < rest(a) ? b : a), current as Server);
  };

  const leave = (server: Server, reason: string): void => {
    log.warn("Consul server given up", { server: server.name, reason, next: (current as Server).name });
    for (const giveUp of [...server.onGivenUp]) giveUp();
  };

  const unfollow = discovery?.follow(() => {
    const gone = follow(discovery.addresses());
    for (const server of gone) {
      if (server === current) {
        current = any();
        leave(server, "its name no longer leads there");
      }
      server.transport.close();
    }
  });

  return {
    pick: () => current as Server,
    failed(server, reason) {
      const score = scores.get(server);
      if (score === undefined) return;
      score.failures += 1;
      failing = { sinceMs: failing?.sinceMs ?? clock.now(), reason };
      const rest = Math.min(FIRST_REST_MS * 2 ** (score.failures - 1), LAST_REST_MS);
      score.restsUntilMs = clock.now() + rest;
      if (server !== current) return;
      current = best();
      if (current === server) return;
      leave(server, reason);
    },
    answered(server) {
      const score = scores.get(server);
      if (score === undefined) return;
      Object.assign(score, { failures: 0, restsUntilMs: 0 });
      heard = true;
      failing = undefined;
    },
    contact() {
      const isAway = [...scores.values()].every(({ failures }) => failures > 0);
      if (failing !== undefined && isAway) return { state: "away", ...failing };
      return { state: heard ? "connected" : "waiting" };
    },
    close() {
      unfollow?.();
      for (const { transport } of known.values()) transport.close();
    },
  };
}
