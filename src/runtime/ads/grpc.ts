// gRPC over HTTP/2 for methods that take and give a stream of messages, as bytes (grpc.io, "gRPC over HTTP2"). No
// compression: it is for local sockets.

import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";

/** Status codes (grpc.io, "Status codes and their use in gRPC"). */
export const Status = {
  ok: 0,
  canceled: 1,
  invalidArgument: 3,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** Ends a call with a status; the message reaches the client. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";

  constructor(
    readonly code: (typeof Status)[keyof typeof Status],
    message: string,
  ) {
    super(message);
  }
}

export interface GrpcCall {
  /** Throws GrpcError where the client breaks off or sends what is no message. */
  readonly requests: AsyncIterable<Uint8Array>;
  /** Aborted when the call is over, however it ends. */
  readonly signal: AbortSignal;
}

/** The next response is asked for when the client's connection has taken the last one. */
export type GrpcMethod = (call: GrpcCall) => AsyncIterable<Uint8Array>;

const PREFIX = 5;
const CONTENT_TYPE = "application/grpc";

/** Answers each stream of an HTTP/2 server. `methods` by path; `most` bytes are taken of one request. */
export function makeGrpc(
  methods: Readonly<Record<string, GrpcMethod>>,
  most: number,
): (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void {
  return (stream, headers) => {
    // The client's end of it is told by `close`.
    stream.on("error", () => undefined);
    if (headers["content-type"]?.startsWith(CONTENT_TYPE) !== true) {
      stream.respond({ ":status": 415 }, { endStream: true });
      return;
    }
    void serve(stream, methods[headers[":path"] ?? ""] ?? missing, most);
  };
}

// biome-ignore lint/correctness/useYield: it only fails
async function* missing(): AsyncGenerator<Uint8Array, void, undefined> {
  throw new GrpcError(Status.unimplemented, "there is no such method");
}

async function serve(stream: ServerHttp2Stream, method: GrpcMethod, most: number): Promise<void> {
  const over = new AbortController();
  const closed = new Promise<void>((resolve) => stream.once("close", resolve));
  void closed.then(() => over.abort());
  let trailers: Record<string, string | number> = { "grpc-status": Status.ok };
  stream.respond({ ":status": 200, "content-type": `${CONTENT_TYPE}+proto` }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers(trailers));
  try {
    for await (const message of method({ requests: messagesOf(stream, most), signal: over.signal })) {
      if (stream.destroyed) return;
      await Promise.race([write(stream, message), closed]);
    }
  } catch (error) {
    const { code, message } = error instanceof GrpcError ? error : new GrpcError(Status.internal, "internal error");
    trailers = { "grpc-status": code, "grpc-message": encodeURIComponent(message) };
  }
  if (!stream.destroyed) stream.end();
}

/** Resolves when HTTP/2's flow control has let it go, or the stream is gone. */
function write(stream: ServerHttp2Stream, message: Uint8Array): Promise<void> {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(message.length, 1);
  return new Promise((resolve) => {
    stream.cork();
    stream.write(prefix);
    stream.write(message, () => resolve());
    stream.uncork();
  });
}

async function* messagesOf(stream: ServerHttp2Stream, most: number): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Buffer[] = [];
  let size = 0;
  let need = PREFIX;
  // The stream lives on for the status when reading ends.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    parts.push(chunk);
    size += chunk.length;
    while (size >= need) {
      const [all] = parts.length === 1 ? (parts as [Buffer]) : [Buffer.concat(parts, size)];
      need = PREFIX + lengthOf(all, most);
      const rest = size < need ? all : all.subarray(need);
      if (size >= need) yield all.subarray(PREFIX, need);
      if (size >= need) need = PREFIX;
      parts = [rest];
      size = rest.length;
    }
  }
  if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new GrpcError(Status.canceled, "the client broke off");
  if (size > 0) throw new GrpcError(Status.invalidArgument, "a message is cut off");
}

function lengthOf(prefix: Buffer, most: number): number {
  if (prefix[0] !== 0) throw new GrpcError(Status.unimplemented, "compressed messages are not taken");
  const length = prefix.readUInt32BE(1);
  if (length > most) throw new GrpcError(Status.resourceExhausted, `a message of ${length} bytes: at most ${most}`);
  return length;
}
