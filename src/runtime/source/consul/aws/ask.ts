// One question to AWS or to an endpoint that hands out its credentials: bounded in time and size, without redirects.

import { type IncomingMessage, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";

const LIMIT_MS = 5_000;
const LIMIT_BYTES = 64 * 1024;

export interface Question {
  readonly method: "GET" | "PUT" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The text of an answer with status 200. Rejects with who did not give one; nothing of the question or the answer is in it. */
export function ask({ method, url, headers = {}, body }: Question, signal: AbortSignal): Promise<string> {
  const { origin, protocol } = new URL(url);
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${origin} ${why}`));
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    const send = protocol === "https:" ? overHttps : overHttp;
    const asked = send(url, { method, headers, signal: limit, agent: false }, (answer) => {
      if (answer.statusCode !== 200) {
        answer.resume();
        fail(`answered ${answer.statusCode}`);
      } else textOf(answer).then(resolve, () => fail("did not answer in full"));
    });
    asked.on("error", ({ code = "", name }: NodeJS.ErrnoException) =>
      fail(name === "AbortError" ? `did not answer within ${LIMIT_MS / 1000} s` : `cannot be reached: ${code}`),
    );
    asked.end(body);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > LIMIT_BYTES) throw new Error("too large");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
