// The delta ADS server: gRPC over HTTP/2 on a private socket. Owns the listening socket and the open streams.

import { createServer, type ServerHttp2Session } from "node:http2";
import type { Change, ResourceView } from "../xds/resource";
import { decodeRequest } from "./decode";
import { encodeResponse } from "./encode";
import { type GrpcCall, GrpcError, makeGrpc, Status } from "./grpc";
import type { Memory } from "./memory";
import type { DeltaRequest, SessionEvent } from "./protocol";
import { type ListenOn, listen } from "./socket";
import { type AdsStream, makeStream, type SessionStatus } from "./stream";

const SERVICE = "/envoy.service.discovery.v3.AggregatedDiscoveryService";
/** A reconnecting Envoy lists all it holds in one message: about 100 bytes a resource. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
const PING_INTERVAL_MS = 30_000;
const PING_TIMEOUT_MS = 20_000;
/** Envoy withholds the ACK of a cluster while it resolves its names; one that takes longer holds up nobody else. */
const OVERDUE_MS = 5_000;
/** How long close() lets streams end by themselves. */
const CLOSE_MS = 250;

export type AdsServerOptions = ListenOn & {
  readonly view: ResourceView;
  readonly onEvent: (event: SessionEvent) => void;
  /** Clients get their first answer when it resolves. @default - at once */
  readonly begun?: Promise<void>;
  /**
   * Until it resolves the view may still lack what an earlier server served: clients keep what they hold of that.
   * @default - the view is complete
   */
  readonly complete?: Promise<void>;
};

export interface AdsServer {
  /** Tells every stream what changed in the view; the view must show it already. */
  publish(change: Change): void;
  /** Streams that are open now. */
  sessions(): readonly SessionStatus[];
  /** Ends all streams and stops listening. */
  close(): Promise<void>;
}

/**
 * Listens on a unix socket (0600 in a 0700 directory) or on loopback. Delta only: state-of-the-world ADS is answered
 * with Unimplemented.
 * @throws when it cannot listen there, see listen()
 */
export async function startAdsServer(options: AdsServerOptions): Promise<AdsServer> {
  const streams = new Set<AdsStream>();
  const memory: Memory = new Map();
  const connections = new Set<ServerHttp2Session>();
  let closing = false;
  let complete = options.complete === undefined;
  void options.complete?.then(() => {
    complete = true;
    for (const stream of streams) stream.complete();
  });

  async function* serveDelta({ requests, signal }: GrpcCall): AsyncGenerator<Uint8Array, void, undefined> {
    await options.begun;
    if (closing || signal.aborted) throw new GrpcError(Status.unavailable, "shutting down");
    const { view, onEvent } = options;
    const stream = makeStream({ view, memory, onEvent, overdueMs: OVERDUE_MS, complete });
    streams.add(stream);
    // Not in a finally: a generator whose reader died while it stalled is never resumed.
    signal.addEventListener("abort", () => {
      streams.delete(stream);
      stream.end();
    });
    for await (const response of stream.responses(decoded(requests))) yield encodeResponse(response);
  }

  // biome-ignore lint/correctness/useYield: it only fails
  async function* refuseWhole(): AsyncGenerator<Uint8Array, void, undefined> {
    throw new GrpcError(Status.unimplemented, "only delta ADS is served: set api_type to DELTA_GRPC");
  }

  const server = createServer();
  const methods = {
    [`${SERVICE}/DeltaAggregatedResources`]: serveDelta,
    [`${SERVICE}/StreamAggregatedResources`]: refuseWhole,
  };
  server.on("stream", makeGrpc(methods, MAX_REQUEST_BYTES));
  server.on("session", (connection) => {
    connections.add(connection);
    const stopPings = startPings(connection);
    connection.once("close", () => {
      connections.delete(connection);
      stopPings();
    });
    // A client that vanishes is no error of ours; its streams end by themselves.
    connection.on("error", () => connection.destroy());
  });
  await listen(server, options);

  return {
    publish(change) {
      for (const stream of streams) stream.publish(change);
    },
    sessions: () => [...streams].map((stream) => stream.status()),
    async close() {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const stream of streams) stream.end();
      for (const connection of connections) if (!connection.closed) connection.close();
      // A reader that stalls never takes the end of its stream.
      const timer = setTimeout(() => {
        for (const connection of connections) connection.destroy();
      }, CLOSE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function* decoded(requests: AsyncIterable<Uint8Array>): AsyncGenerator<DeltaRequest, void, undefined> {
  for await (const bytes of requests) yield decodeRequest(bytes);
}

/** Ends a connection whose peer no longer answers. Returns how to stop. */
function startPings(connection: ServerHttp2Session): () => void {
  let deadline: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    // ping() throws on a connection that is going away.
    if (connection.destroyed || connection.closed) return;
    clearTimeout(deadline);
    deadline = setTimeout(() => connection.destroy(), PING_TIMEOUT_MS).unref();
    connection.ping(() => clearTimeout(deadline));
  }, PING_INTERVAL_MS).unref();
  return () => {
    clearInterval(timer);
    clearTimeout(deadline);
  };
}
