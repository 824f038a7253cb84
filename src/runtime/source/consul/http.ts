// Questions to Consul's HTTP API: token and place on every one, a time limit, fail-over, errors by category.

import type { Cancel, Clock, Logger, Random } from "../../ports";
import { makeGate } from "../gate";
import type { ConsulAccess } from "./access";
import { ConsulError, errorOf, errorOfFailure, isUnknownToken } from "./errors";
import { orAborted } from "./or-aborted";
import { startProbe } from "./probe";
import { parseBody, pathOf, type Query } from "./query";
import { type Contact, makeServers, type Server } from "./servers";
import type { RawAnswer } from "./transport";

/** Longer than the seven seconds that an old server looks for a leader before it says so. */
const SHORT_MS = 15_000;
/** The server adds up to a sixteenth of `wait`; the rest is for the way. */
const beyond = (waitMs: number): number => waitMs + waitMs / 16 + 10_000;
/** With more blocking queries than connections every one gets its turn within this time. */
const ROUND_MS = 10_000;
const LEAST_WAIT_MS = 250;
/** First looks at a time: the first services of a thousand are then known long before the last. */
const FIRST_LOOKS = 24;

export interface Answer {
  /** X-Consul-Index; absent where the endpoint sends none. */
  readonly index: number | undefined;
  /** Undefined for a 404: the thing is absent. */
  readonly body: unknown;
  /** The server says that the token does not see everything. Servers before 1.12 or so never say. */
  readonly filtered: boolean;
  readonly server: Server;
  /** How long the server was told to block. */
  readonly waitMs: number;
}

export interface ConsulHttp {
  /** Rejects with ConsulError only; a 404 is an answer. An abort of `signal` rejects with category `unreachable`. */
  get(query: Query): Promise<Answer>;
  /** The same, and once more from any server's own data when there is no leader. */
  read(query: Query): Promise<Answer & { readonly stale: boolean }>;
  put(path: string, body: unknown): Promise<unknown>;
  /** The body is left out where it is undefined. */
  post(query: Query, body: unknown): Promise<unknown>;
  /** The server that would be asked now. */
  server(): Server;
  /** Counts one more or less of those who keep asking by blocking queries. */
  countWatch(by: 1 | -1): void;
  /** Whether blocking queries share connections, so that each is looked at only now and then. */
  isScarce(): boolean;
  contact(): Contact;
  close(): void;
}

export interface HttpPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

interface Exchanged {
  readonly answer: RawAnswer;
  readonly token: string | undefined;
}

interface Write {
  readonly method: "PUT" | "POST";
  readonly body: string | undefined;
}

export function makeConsulHttp(access: ConsulAccess, ports: HttpPorts): ConsulHttp {
  const { clock, log } = ports;
  const servers = makeServers(access, ports);
  const gates = new Map<Server, ReturnType<typeof makeGate>>();
  const firstLooks = makeGate(FIRST_LOOKS);
  const flights = new Set<AbortController>();
  let watches = 0;
  let saidBudget = false;
  let closed = false;

  const waitOf = (query: Query, server: Server): number => {
    if (query.index === undefined || query.index === 0 || query.waitMs === undefined) return 0;
    const places = server.transport.longPolls();
    if (query.priority === true || watches <= places) return query.waitMs;
    if (!saidBudget) {
      saidBudget = true;
      const reason = `${watches} watches share ${places} connections: each is looked at every ${ROUND_MS / 1000} s; HTTPS has no such limit`;
      log.warn("more watches than connections to Consul", { server: server.name, reason });
    }
    return Math.min(query.waitMs, Math.max(LEAST_WAIT_MS, (ROUND_MS * places) / watches));
  };

  const exchange = async (server: Server, query: Query, waitMs: number, write?: Write): Promise<Exchanged> => {
    // One controller that everything aborts by hand: AbortSignal.any() on signals that live long leaks.
    const flight = new AbortController();
    const abort = (): void => flight.abort();
    let late = false;
    let cancel: Cancel = () => undefined;
    flights.add(flight);
    server.onGivenUp.add(abort);
    query.signal?.addEventListener("abort", abort);
    if (query.signal?.aborted === true || closed) abort();
    try {
      const token = await orAborted(access.token(), flight.signal);
      cancel = clock.setTimer(waitMs === 0 ? SHORT_MS : beyond(waitMs), () => {
        late = true;
        abort();
      });
      const answer = await server.transport.send({
        method: write?.method ?? "GET",
        path: pathOf(access, query, waitMs),
        headers: token === undefined ? {} : { "x-consul-token": token },
        ...(write?.body === undefined ? {} : { body: write.body }),
        signal: flight.signal,
      });
      servers.answered(server);
      return { answer, token };
    } catch (error) {
      if (late) {
        const failure = new ConsulError("timeout", `${server.name} did not answer in time`);
        servers.failed(server, failure.message);
        throw failure;
      }
      if (flight.signal.aborted) throw new ConsulError("unreachable", "stopped");
      const failure = errorOfFailure(error, server.name);
      if (failure.category === "unreachable") servers.failed(server, failure.message);
      throw failure;
    } finally {
      cancel();
      flights.delete(flight);
      server.onGivenUp.delete(abort);
      query.signal?.removeEventListener("abort", abort);
    }
  };

  const ask = async (query: Query, write?: Write, isRetry = false): Promise<Answer> => {
    const server = servers.pick();
    const waitMs = waitOf(query, server);
    const work = () => exchange(server, query, waitMs, write);
    const gated = waitMs > 0 && query.priority !== true && Number.isFinite(server.transport.longPolls());
    const { answer, token } = await (gated ? gateOf(server)(work) : work());
    const failure = errorOf(answer.status, answer.text);
    // Another server may have found the leader already.
    if (failure?.category === "leaderless") servers.failed(server, failure.message);
    if (token !== undefined && isUnknownToken(failure)) {
      // What is long on its way was asked with the token before this one.
      if (!isRetry && access.token() !== token) return ask(query, write, true);
      access.refused?.(token);
    }
    if (failure !== undefined && failure.category !== "absent") throw failure;
    const index = Number(answer.header("x-consul-index"));
    return {
      index: Number.isSafeInteger(index) && index > 0 ? index : undefined,
      body: failure === undefined ? parseBody(answer.text) : undefined,
      filtered: answer.header("x-consul-results-filtered-by-acls") === "true",
      server,
      waitMs,
    };
  };

  const gateOf = (server: Server): ReturnType<typeof makeGate> => {
    const gate = gates.get(server) ?? makeGate(server.transport.longPolls());
    gates.set(server, gate);
    return gate;
  };

  const stopProbe = startProbe({ servers, clock });
  return {
    get: (query) => (query.index === 0 && query.priority !== true ? firstLooks(() => ask(query)) : ask(query)),
    async read(query) {
      try {
        return { ...(await ask(query)), stale: false };
      } catch (error) {
        if (!(error instanceof ConsulError) || error.category !== "leaderless") throw error;
        return { ...(await ask({ ...query, stale: true })), stale: true };
      }
    },
    put: async (path, body) => (await ask({ path }, { method: "PUT", body: JSON.stringify(body) })).body,
    post: async (query, body) =>
      (await ask(query, { method: "POST", body: body === undefined ? undefined : JSON.stringify(body) })).body,
    server: () => servers.pick(),
    countWatch(by) {
      watches += by;
    },
    contact: servers.contact,
    isScarce: () => watches > servers.pick().transport.longPolls(),
    close() {
      stopProbe();
      closed = true;
      for (const flight of [...flights]) flight.abort();
      servers.close();
    },
  };
}
