// What carries requests to one server. Implementations: http1.ts and http2.ts; tls-transport.ts chooses between them.

import type { Readable } from "node:stream";
import { ConsulError } from "./errors";

export interface RawRequest {
  readonly method: "GET" | "PUT" | "POST";
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface RawAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

export interface Transport {
  /** Rejects on abort and on every failure below HTTP. */
  send(request: RawRequest): Promise<RawAnswer>;
  /** How many blocking queries may be open at once; the rest of its connections is for short requests. */
  longPolls(): number;
  /** Drops its connections, which no longer answer; new ones are made when needed. */
  reset(): void;
  close(): void;
}

/** Far above any answer of Consul's, and low enough to live through. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** The whole text of an answer. */
export async function collect(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new ConsulError("malformed", `Consul answered more than ${LARGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
