// gRPC over real HTTP/2, spoken by a client that writes its bytes itself.
import { type ClientHttp2Session, connect, createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { GrpcError, type GrpcMethod, makeGrpc, Status } from "../../../src/runtime/ads/grpc";

const MOST = 1000;
let server: Http2Server;
let client: ClientHttp2Session;
let seen: string[];

const methods: Record<string, GrpcMethod> = {
  "/echo": async function* ({ requests }) {
    for await (const request of requests) {
      seen.push(Buffer.from(request).toString());
      yield request;
    }
  },
  // biome-ignore lint/correctness/useYield: it only fails
  "/fails": async function* () {
    throw new GrpcError(Status.failedPrecondition, "100 % too old: é");
  },
  // biome-ignore lint/correctness/useYield: it only fails
  "/breaks": async function* () {
    throw new Error("with a secret");
  },
  "/waits": async function* ({ signal }) {
    yield Buffer.from("begun");
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    seen.push("over");
  },
};

beforeEach(async () => {
  seen = [];
  server = createServer();
  server.on("stream", makeGrpc(methods, MOST));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const frame = (text: string, flag = 0): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([prefix, Buffer.from(text)]);
};
const open = (path: string, type = "application/grpc") =>
  client.request({ ":method": "POST", ":path": path, "content-type": type, te: "trailers" });

/** Sends the chunks one by one, and reads to the end. */
async function call(path: string, chunks: readonly Buffer[], type?: string) {
  const stream = open(path, type);
  let headers: Record<string, unknown> = {};
  let trailers: Record<string, unknown> = {};
  const got: Buffer[] = [];
  stream.on("response", (all) => {
    headers = all;
  });
  stream.on("trailers", (all) => {
    trailers = all;
  });
  stream.on("data", (chunk: Buffer) => got.push(chunk));
  for (const chunk of chunks) {
    await new Promise((resolve) => stream.write(chunk, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.end();
  await new Promise((resolve) => stream.once("close", resolve));
  return { headers, body: Buffer.concat(got).toString("latin1"), trailers };
}

test("messages in pieces of any size, an empty one included", async () => {
  const bytes = Buffer.concat([frame("one"), frame(""), frame("x".repeat(900))]);
  const pieces = [bytes.subarray(0, 3), bytes.subarray(3, 6), bytes.subarray(6, 12), bytes.subarray(12)];
  const { headers, body, trailers } = await call("/echo", pieces);
  expect(seen).toEqual(["one", "", "x".repeat(900)]);
  expect(body).toBe(bytes.toString("latin1"));
  expect(headers).toMatchObject({ ":status": 200, "content-type": "application/grpc+proto" });
  expect(trailers).toMatchObject({ "grpc-status": "0" });
});

test.each<[string, string, readonly Buffer[], object]>([
  [
    "a failure of the method",
    "/fails",
    [],
    { "grpc-status": "9", "grpc-message": "100%20%25%20too%20old%3A%20%C3%A9" },
  ],
  [
    "a fault of ours, whose text stays here",
    "/breaks",
    [],
    { "grpc-status": "13", "grpc-message": "internal%20error" },
  ],
  ["an unknown method", "/other", [], { "grpc-status": "12" }],
  ["a compressed message", "/echo", [frame("x", 1)], { "grpc-status": "12" }],
  ["a message that is too large", "/echo", [frame("x".repeat(1001))], { "grpc-status": "8" }],
  ["a message that is cut off", "/echo", [frame("xyz").subarray(0, 7)], { "grpc-status": "3" }],
])("%s is told by the status", async (_, path, chunks, status) => {
  const { body, trailers } = await call(path, chunks);
  expect(trailers).toMatchObject(status);
  expect(body).toBe("");
  expect(seen).toEqual([]);
});

test("what is no gRPC is refused", async () => {
  expect((await call("/echo", [], "application/json")).headers).toMatchObject({ ":status": 415 });
});

test("a client that breaks off ends the method", async () => {
  const stream = open("/waits");
  await new Promise((resolve) => stream.once("data", resolve));
  stream.close(8);
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(seen).toEqual(["over"]);
});
