// A mesh caller as a sidecar is one: TLS with a client leaf, the service picked by SNI, the gateway's leaf checked
// against the mesh roots and the service's SPIFFE id.
import { connect, type TLSSocket } from "node:tls";

export interface Caller {
  /** PEM; absent: a client without a certificate. */
  readonly cert?: string;
  readonly key?: string;
  /** PEM of the mesh roots. */
  readonly ca: string;
}

export interface Dial {
  readonly host: string;
  readonly port: number;
  /** Address to connect from. */
  readonly from?: string;
  /** "" sends no SNI. */
  readonly sni: string;
  /** Expected URI in the gateway's leaf. */
  readonly spiffe?: string;
  readonly timeoutMs?: number;
}

/** One TLS connection that remembers what it received. */
export interface MeshConnection {
  readonly socket: TLSSocket;
  received(): string;
  /** Resolves with all text so far once `test` holds, rejects when the connection ends or time runs out first. */
  until(test: (text: string) => boolean, ms?: number): Promise<string>;
  /** Sends text and waits for it to come back. */
  echo(text: string): Promise<void>;
  readonly ended: () => boolean;
  close(): void;
}

export function dial(caller: Caller, to: Dial): Promise<MeshConnection> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: to.host,
      port: to.port,
      ...(to.from === undefined ? {} : { localAddress: to.from }),
      servername: to.sni,
      ca: caller.ca,
      ...(caller.cert === undefined ? {} : { cert: caller.cert, key: caller.key }),
      // The name in a mesh leaf is a URI, which Node's own host check does not know; it is checked here instead.
      checkServerIdentity: (_host, peer) =>
        to.spiffe === undefined || peer.subjectaltname === `URI:${to.spiffe}`
          ? undefined
          : new Error(`the gateway presented ${peer.subjectaltname}, not ${to.spiffe}`),
    });
    let text = "";
    let ended = false;
    const watchers = new Set<() => void>();
    const wake = (): void => {
      for (const watcher of [...watchers]) watcher();
    };
    const timer = setTimeout(() => socket.destroy(new Error("no TLS session in time")), to.timeoutMs ?? 5000);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      wake();
    });
    socket.on("error", (error) => {
      clearTimeout(timer);
      ended = true;
      wake();
      reject(error);
    });
    socket.on("close", () => {
      clearTimeout(timer);
      ended = true;
      wake();
      reject(new Error("closed before the TLS session was there"));
    });
    const connection: MeshConnection = {
      socket,
      received: () => text,
      ended: () => ended,
      until: (test, ms = 5000) =>
        new Promise((done, fail) => {
          const look = (): void => {
            if (test(text)) finish(() => done(text));
            else if (ended) finish(() => fail(new Error(`ended after ${JSON.stringify(text.slice(0, 80))}`)));
          };
          const limit = setTimeout(() => finish(() => fail(new Error("nothing more came in time"))), ms);
          const finish = (then: () => void): void => {
            clearTimeout(limit);
            watchers.delete(look);
            then();
          };
          watchers.add(look);
          look();
        }),
      async echo(line) {
        const from = text.length;
        socket.write(line);
        await connection.until((all) => all.slice(from).includes(line));
      },
      close: () => socket.destroy(),
    };
    socket.on("secureConnect", () => {
      clearTimeout(timer);
      resolve(connection);
    });
  });
}

/**
 * Connects, waits for whatever comes without sending, then sends a line: all text received until the peer ends or
 * `ms` pass. "" proves that not one byte came.
 */
export async function probe(caller: Caller, to: Dial, ms = 1500): Promise<string> {
  let connection: MeshConnection;
  try {
    connection = await dial(caller, { ...to, timeoutMs: ms });
  } catch {
    return "";
  }
  connection.socket.on("error", () => {});
  await connection.until(() => false, ms / 2).catch(() => {});
  if (!connection.ended()) {
    connection.socket.write("hello\r\n");
    await connection.until(() => false, ms / 2).catch(() => {});
  }
  connection.close();
  return connection.received();
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** One HTTP/1.1 request with exactly this path, unnormalised, on a connection of its own or on `open`. */
export async function request(
  caller: Caller,
  to: Dial,
  path: string,
  options: { readonly method?: string; readonly headers?: readonly string[]; readonly open?: MeshConnection } = {},
): Promise<HttpReply> {
  const connection = options.open ?? (await dial(caller, to));
  const from = connection.received().length;
  const lines = [`${options.method ?? "GET"} ${path} HTTP/1.1`, `host: ${to.sni}`, ...(options.headers ?? [])];
  if (options.open === undefined) lines.push("connection: close");
  connection.socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  try {
    let reply: HttpReply | undefined;
    await connection.until((all) => {
      reply = parseReply(all.slice(from));
      return reply !== undefined;
    });
    return reply as HttpReply;
  } finally {
    if (options.open === undefined) connection.close();
  }
}

function parseReply(text: string): HttpReply | undefined {
  const split = text.indexOf("\r\n\r\n");
  if (split < 0) return undefined;
  const [first = "", ...lines] = text.slice(0, split).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const rest = text.slice(split + 4);
  const body = headers["transfer-encoding"] === "chunked" ? unchunk(rest) : lengthOf(rest, headers["content-length"]);
  return body === undefined ? undefined : { status: Number(first.split(" ")[1]), headers, body };
}

function lengthOf(rest: string, length: string | undefined): string | undefined {
  if (length === undefined) return rest;
  return rest.length >= Number(length) ? rest.slice(0, Number(length)) : undefined;
}

function unchunk(rest: string): string | undefined {
  let body = "";
  let at = 0;
  for (;;) {
    const end = rest.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(rest.slice(at, end), 16);
    if (rest.length < end + 2 + size + 2) return undefined;
    if (size === 0) return body;
    body += rest.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
