// HTTP/2 to one server: requests share connections up to the number of streams that the server allows on each.

import { type ClientHttp2Session, connect, constants } from "node:http2";
import type { TLSSocket } from "node:tls";
import { ConsulError } from "./errors";
import { orAborted } from "./or-aborted";
import { collect, type RawAnswer, type RawRequest, type Transport } from "./transport";

/** Until the server has told its own: what HTTP/2 recommends as the least. */
const FIRST_STREAMS = 100;
/** Blocking queries may be as many as there are services; connections stay few. */
const LONG_POLLS = Number.POSITIVE_INFINITY;
/** Lists of a thousand services are megabytes: HTTP/2's own 64 kB would cost a round trip each. */
const WINDOW_BYTES = 1024 * 1024;

interface Connection {
  readonly session: ClientHttp2Session;
  streams: number;
}

/** `origin` is `https://host:port`; `dial` opens a TLS connection to it that has agreed on h2. */
export function makeHttp2(origin: string, dial: () => Promise<TLSSocket>): Transport {
  const connections = new Set<Connection>();
  let opening: Promise<Connection> | undefined;
  let closed = false;

  const room = ({ session, streams }: Connection): boolean =>
    !session.closed && !session.destroyed && streams < (session.remoteSettings.maxConcurrentStreams ?? FIRST_STREAMS);

  const open = async (): Promise<Connection> => {
    const socket = await dial();
    if (closed) {
      socket.destroy();
      throw new ConsulError("unreachable", "stopped");
    }
    const settings = { initialWindowSize: WINDOW_BYTES, enablePush: false };
    const session = connect(origin, { createConnection: () => socket, settings });
    session.once("connect", () => session.setLocalWindowSize(WINDOW_BYTES));
    const connection: Connection = { session, streams: 0 };
    // Requests report their own errors; without a listener this one would end the process.
    session.on("error", () => undefined);
    session.once("close", () => connections.delete(connection));
    session.once("goaway", () => session.close());
    connections.add(connection);
    await new Promise<void>((resolve, reject) => {
      session.once("remoteSettings", () => resolve());
      session.once("close", () => reject(new ConsulError("unreachable", `${origin} closed the connection`)));
      // A server that does not take our certificate says so after the handshake, and the session does not hear of it.
      socket.once("error", ({ code, message }: NodeJS.ErrnoException) => {
        connections.delete(connection);
        session.destroy();
        socket.destroy();
        reject(new ConsulError("unreachable", `${origin} closed the connection: ${code ?? message}`));
      });
    });
    return connection;
  };

  /** Takes a place at once: between a look and a later booking others would look as well, and streams would queue unseen. */
  const book = async (signal: AbortSignal): Promise<Connection> => {
    for (;;) {
      signal.throwIfAborted();
      for (const connection of connections) {
        if (!room(connection)) continue;
        connection.streams += 1;
        return connection;
      }
      if (opening === undefined) {
        const mine = open().finally(() => {
          if (opening === mine) opening = undefined;
        });
        opening = mine;
      }
      await orAborted(opening, signal);
    }
  };

  const drop = (): void => {
    for (const { session } of connections) session.destroy();
    connections.clear();
    opening = undefined;
  };

  return {
    async send(raw) {
      const connection = await book(raw.signal);
      try {
        return await exchange(connection.session, raw);
      } finally {
        connection.streams -= 1;
      }
    },
    longPolls: () => LONG_POLLS,
    reset: drop,
    close() {
      closed = true;
      drop();
    },
  };
}

async function exchange(session: ClientHttp2Session, raw: RawRequest): Promise<RawAnswer> {
  const stream = session.request({ ":method": raw.method, ":path": raw.path, ...raw.headers }, { signal: raw.signal });
  const headers = new Promise<Record<string, string | string[] | number | undefined>>((resolve, reject) => {
    stream.once("response", resolve);
    stream.once("error", reject);
    stream.once("close", () => reject(new ConsulError("unreachable", `stream closed, code ${stream.rstCode}`)));
  });
  stream.end(raw.body);
  const answer = await headers;
  const text = await collect(stream);
  // A session that is torn down ends its streams as if they were complete.
  if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) {
    throw new ConsulError("unreachable", `stream closed, code ${stream.rstCode}`);
  }
  return {
    status: Number(answer[":status"]),
    header: (name) => (typeof answer[name] === "string" ? answer[name] : undefined),
    text,
  };
}
