// Requests over TLS: HTTP/2 with as many connections as the server's stream limit asks for, HTTP/1.1 where it is all there is.
import { createSecureServer } from "node:http2";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { ConsulTls } from "../../../../src/runtime/source/consul/access";
import { makeTlsTransport } from "../../../../src/runtime/source/consul/tls-transport";
import type { RawAnswer, Transport } from "../../../../src/runtime/source/consul/transport";
import { makeCa, type Pair } from "../../../../tools/demo/pki";
import { addressOf } from "../../../support/consul-events";
import { until } from "../support";

const PORT = 21_220;
let caPem: string;
let pair: Pair;
const stops: (() => unknown)[] = [];
beforeAll(async () => {
  const ca = await makeCa("Consul CA");
  caPem = ca.caPem;
  pair = await ca.server("server.dc1.consul");
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function open(
  tls: ConsulTls = { caPem, serverName: "server.dc1.consul" },
  now: () => ConsulTls = () => tls,
): Transport {
  const address = addressOf(`https://127.0.0.1:${PORT}`);
  if (address.scheme === "unix") throw new Error("no TLS there");
  const transport = makeTlsTransport(address, now);
  stops.push(() => transport.close());
  return transport;
}

const get = (transport: Transport, path: string, signal = new AbortController().signal): Promise<RawAnswer> =>
  transport.send({ method: "GET", path, headers: { "x-consul-token": "t" }, signal });

async function serve(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(PORT, "127.0.0.1", resolve));
  stops.push(() => server.close());
}

test("55 requests at once on a server that allows 10 streams: six connections, none queued", async () => {
  const server = createSecureServer({ cert: pair.certPem, key: pair.keyPem, settings: { maxConcurrentStreams: 10 } });
  const waiting: (() => void)[] = [];
  let sessions = 0;
  server.on("session", () => {
    sessions += 1;
  });
  server.on("stream", (stream, headers) => {
    waiting.push(() => {
      stream.respond({ ":status": 200, "x-consul-index": "7" });
      stream.end(`${headers[":path"]} ${headers["x-consul-token"]}`);
    });
  });
  await serve(server);
  const transport = open();
  const answers = Array.from({ length: 55 }, (_each, at) => get(transport, `/v1/thing/${at}`));
  await until(
    () => waiting.length === 55,
    () => waiting.length,
  );
  expect(sessions).toBe(6);
  for (const answer of waiting) answer();
  const got = await Promise.all(answers);
  expect(got.map(({ text }) => text)).toEqual(Array.from({ length: 55 }, (_each, at) => `/v1/thing/${at} t`));
  expect(got[0]?.header("x-consul-index")).toBe("7");
});

test("a request that is given up, and a connection that is cut, reject; the next request is answered", async () => {
  const server = createSecureServer({ cert: pair.certPem, key: pair.keyPem });
  let streams = 0;
  server.on("stream", (stream, headers) => {
    streams += 1;
    stream.on("error", () => undefined);
    if (headers[":path"] === "/cut") stream.session?.destroy();
    if (headers[":path"] === "/ok") stream.respond({ ":status": 404 }, { endStream: true });
  });
  await serve(server);
  const transport = open();
  const giveUp = new AbortController();
  const held = get(transport, "/held", giveUp.signal);
  await until(() => streams === 1);
  giveUp.abort();
  await expect(held).rejects.toThrow();
  await expect(get(transport, "/cut")).rejects.toThrow();
  expect((await get(transport, "/ok")).status).toBe(404);
});

test("a proxy that speaks HTTP/1.1 only is spoken to in HTTP/1.1", async () => {
  const server = createServer(
    { cert: pair.certPem, key: pair.keyPem, ALPNProtocols: ["http/1.1"] },
    (request, response) => response.end(`${request.httpVersion} ${request.url}`),
  );
  await serve(server);
  expect((server.address() as AddressInfo).port).toBe(PORT);
  const transport = open();
  expect((await get(transport, "/v1/a")).text).toBe("1.1 /v1/a");
  expect(transport.longPolls()).toBe(96);
});

describe.each(["h2", "http/1.1"] as const)("%s: a new client certificate", (protocol) => {
  test("counts for the next request; what is on its way ends as it began, and then its connection", async () => {
    const ca = await makeCa("Client CA");
    const named = async (name: string): Promise<ConsulTls> => {
      const { certPem, keyPem } = await ca.client(name);
      return { caPem, serverName: "server.dc1.consul", certPem, keyPem };
    };
    const [first, second] = [await named("first"), await named("second")];
    const options = { cert: pair.certPem, key: pair.keyPem, ca: ca.caPem, requestCert: true };
    const held: (() => void)[] = [];
    const handle = (request: { url?: string; socket: unknown }, response: { end(text: string): void }): void => {
      const { CN } = (request.socket as TLSSocket).getPeerCertificate().subject;
      const answer = (): void => response.end(String(CN));
      if (request.url === "/held") held.push(answer);
      else answer();
    };
    const server =
      protocol === "h2" ? createSecureServer(options, handle as never) : createServer(options, handle as never);
    let connections = 0;
    server.on("secureConnection", (socket: TLSSocket) => {
      connections += 1;
      socket.once("close", () => {
        connections -= 1;
      });
    });
    await serve(server);
    let now = first;
    const transport = open(first, () => now);
    const text = async (path: string): Promise<string> => (await get(transport, path)).text;

    expect(await text("/")).toBe("first");
    const onItsWay = text("/held");
    await until(() => held.length === 1);
    now = second;
    expect(await text("/")).toBe("second");
    expect(connections).toBe(2);
    held[0]?.();
    expect(await onItsWay).toBe("first");
    await until(() => connections === 1);
    expect(await text("/")).toBe("second");
    // Nothing is on its way: the old connection ends at once.
    now = first;
    expect(await text("/")).toBe("first");
    await until(() => connections === 1);
  });
});

test("a server that does not take our certificate says why, at once, and is tried anew with another", async () => {
  const ca = await makeCa("Client CA");
  const server = createSecureServer(
    { cert: pair.certPem, key: pair.keyPem, ca: ca.caPem, requestCert: true, rejectUnauthorized: true },
    (_request, response) => response.end("in"),
  );
  await serve(server);
  const without: ConsulTls = { caPem, serverName: "server.dc1.consul" };
  let now = without;
  const transport = open(without, () => now);
  for (let each = 0; each < 2; each += 1) {
    await expect(get(transport, "/")).rejects.toMatchObject({
      category: "unreachable",
      message: expect.stringMatching(/closed the connection: \w*CERTIFICATE_REQUIRED/),
    });
  }
  now = { ...without, ...(await ca.client("gateway")) };
  expect((await get(transport, "/")).text).toBe("in");
});

test("a server that says nothing after the handshake: who waits can leave, and it is tried anew", async () => {
  const silent = new Set<TLSSocket>();
  const server = createTlsServer({ cert: pair.certPem, key: pair.keyPem, ALPNProtocols: ["h2"] }, (socket) => {
    silent.add(socket);
    socket.on("error", () => undefined);
  });
  await serve(server);
  stops.push(() => {
    for (const socket of silent) socket.destroy();
  });
  const transport = open();
  for (const connections of [1, 2]) {
    const leave = new AbortController();
    const waiting = get(transport, "/", leave.signal);
    await until(() => silent.size === connections);
    leave.abort();
    await expect(waiting).rejects.toThrow("stopped");
    transport.reset();
  }
});
