// Real external services on loopback: an HTTP service (plaintext, TLS, or demanding a
// client certificate), an HTTP/2 one, and a TCP service that speaks first. Each counts the connections that reach it, so that a refusal can be proved.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer as createSecureHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Pair } from "./pki";

export interface External {
  readonly port: number;
  /** Connections accepted since the start. */
  connections(): number;
  /** Open connections now. */
  open(): number;
  close(): Promise<void>;
}

export interface Answer {
  readonly service: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  /** Common name of the client certificate, "" without one. */
  readonly client: string;
  /** Address the service listens on, to tell instances apart. */
  readonly address: string;
}

export interface HttpOptions {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Plaintext when absent. */
  readonly pair?: Pair;
  /** PEM of the CAs whose client certificates are demanded. */
  readonly clientCa?: string;
}

function track(server: Server, port: number, event: "connection" | "secureConnection"): External {
  let total = 0;
  const sockets = new Set<Socket>();
  server.on("connection", () => {
    total += 1;
  });
  server.on(event, (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  return {
    port,
    connections: () => total,
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const listen = (server: Server, port: number, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => resolve());
  });

/** Answers every request with an Answer as JSON; `?bytes=N` adds N bytes of padding; WebSocket upgrades are echoed as 101. */
export async function startHttp(options: HttpOptions): Promise<External> {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const socket = request.socket as TLSSocket;
    const answer: Answer = {
      service: options.name,
      path: request.url ?? "",
      method: request.method ?? "",
      headers: request.headers as Record<string, string>,
      client: options.clientCa === undefined ? "" : String(socket.getPeerCertificate().subject?.CN ?? ""),
      address: options.address,
    };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  };
  const server =
    options.pair === undefined
      ? createHttpServer(handle)
      : createHttpsServer(
          {
            cert: options.pair.certPem,
            key: options.pair.keyPem,
            ...(options.clientCa === undefined
              ? {}
              : { ca: options.clientCa, requestCert: true, rejectUnauthorized: true }),
          },
          handle,
        );
  server.on("upgrade", (_request, socket: Socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    socket.pipe(socket);
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const external = track(server, options.port, options.pair === undefined ? "connection" : "secureConnection");
  await listen(server, options.port, options.address);
  return external;
}

/** Sends its banner as soon as it is connected to, as databases and mail servers do, then echoes. */
export async function startBanner(banner: string, address: string, port: number): Promise<External> {
  const server = createTcpServer((socket) => {
    socket.write(banner);
    socket.pipe(socket);
  });
  const external = track(server, port, "connection");
  await listen(server, port, address);
  return external;
}

/** HTTP/2 (TLS, or with prior knowledge in plaintext): echoes the body; answers gRPC requests with trailers. */
export async function startHttp2(options: Omit<HttpOptions, "name">): Promise<External> {
  const server =
    options.pair === undefined
      ? createHttp2Server()
      : createSecureHttp2Server({
          cert: options.pair.certPem,
          key: options.pair.keyPem,
          ...(options.clientCa === undefined
            ? {}
            : { ca: options.clientCa, requestCert: true, rejectUnauthorized: true }),
        });
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on("error", () => stream.destroy());
    const grpc = headers["content-type"] === "application/grpc";
    stream.respond(
      { ":status": 200, "content-type": headers["content-type"] ?? "text/plain" },
      { waitForTrailers: grpc },
    );
    if (grpc) stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.pipe(stream);
  });
  const external = track(server, options.port, options.pair === undefined ? "connection" : "secureConnection");
  await listen(server, options.port, options.address);
  return external;
}
