// A scripted HTTP server for what a real Consul cannot be made to do on demand: stall, answer nonsense, go backwards.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface FakeRequest {
  readonly path: string;
  readonly params: URLSearchParams;
  readonly token: string | undefined;
  readonly host: string | undefined;
  /** "" for none. */
  readonly body: string;
}

export interface FakeAnswer {
  /** @default 200 */
  readonly status?: number;
  /** X-Consul-Index; none when absent. */
  readonly index?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of the body. */
  readonly text?: string;
}

export interface FakeConsul {
  readonly address: string;
  /** All so far, without those of the probe (/v1/status/leader). */
  readonly requests: readonly FakeRequest[];
  /** Most connections that were open at one time. */
  mostConnections(): number;
  stop(): Promise<void>;
}

/** `answer` may take its time; "hang" never answers, "cut" drops the connection in the middle of an answer. */
export async function startFakeConsul(
  port: number,
  answer: (request: FakeRequest) => FakeAnswer | "hang" | "cut" | Promise<FakeAnswer | "hang" | "cut">,
  host = "127.0.0.1",
): Promise<FakeConsul> {
  const requests: FakeRequest[] = [];
  const sockets = new Set<Socket>();
  let most = 0;
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? "", "http://fake");
    const token = incoming.headers["x-consul-token"];
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const request = {
      path: url.pathname,
      params: url.searchParams,
      token: typeof token === "string" ? token : undefined,
      host: incoming.headers.host,
      body: Buffer.concat(chunks).toString("utf8"),
    };
    if (request.path !== "/v1/status/leader") requests.push(request);
    const told = await answer(request);
    if (told === "hang") return;
    if (told === "cut") {
      response.writeHead(200, { "content-length": "100" });
      response.write("[");
      setImmediate(() => response.destroy());
      return;
    }
    response.writeHead(told.status ?? 200, {
      ...(told.index === undefined ? {} : { "x-consul-index": String(told.index) }),
      ...told.headers,
    });
    response.end(told.text ?? JSON.stringify(told.body ?? null));
  };
  const server = createServer((incoming, response) => void handle(incoming, response));
  server.on("connection", (socket) => {
    sockets.add(socket);
    most = Math.max(most, sockets.size);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    address: `http://${host}:${port}`,
    requests,
    mostConnections: () => most,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
