// One ADS stream: feeds requests and changes to its session and hands out its responses one by one, as fast as the client
// reads. Owns the session value, the responses not taken yet (at most one a type) and the timers of those taken.

import type { Change, ResourceRef, ResourceView } from "../xds/resource";
import { GrpcError, Status } from "./grpc";
import type { Memory } from "./memory";
import { SEND_ORDER } from "./order";
import type { DeltaRequest, DeltaResponse, SessionEvent, SessionInput } from "./protocol";
import { makeSession, step } from "./session";

export interface SessionStatus {
  /** Node id of the client; empty before its first request. */
  readonly node: string;
  /** How many responses the client has not answered yet. */
  readonly unanswered: number;
  /** What the client refused, and why; not offered again until the content changes. */
  readonly quarantined: readonly (ResourceRef & { readonly detail: string })[];
}

export interface AdsStream {
  publish(change: Change): void;
  /** See SessionInput. */
  complete(): void;
  status(): SessionStatus;
  /** Ends the stream; without an error it ends well. */
  end(error?: GrpcError): void;
  /** Ends when the client or end() does; throws what ended it badly. */
  responses(requests: AsyncIterable<DeltaRequest>): AsyncGenerator<DeltaResponse, void, undefined>;
}

export interface StreamOptions {
  readonly view: ResourceView;
  readonly memory: Memory;
  readonly onEvent: (event: SessionEvent) => void;
  /** A response that a client has had for this long without an answer holds nothing back any more. */
  readonly overdueMs: number;
  /** False: complete() is still to come. */
  readonly complete: boolean;
}

export function makeStream({ view, memory, onEvent, overdueMs, complete }: StreamOptions): AdsStream {
  const session = makeSession(memory, complete);
  const outbox: DeltaResponse[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let node = "";
  let ended: { readonly error?: GrpcError | undefined } | undefined;
  let wake = (): void => undefined;

  const end = (error?: GrpcError): void => {
    ended ??= { error };
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    wake();
  };
  const feed = (input: SessionInput): void => {
    if (ended !== undefined) return;
    try {
      for (const reply of step(session, input, view)) {
        if (reply.kind === "send") outbox.push(reply.response);
        else if (reply.kind === "refuse") end(new GrpcError(Status.failedPrecondition, reply.reason));
        else {
          if (reply.event.kind === "connected") node = reply.event.node;
          onEvent(reply.event);
        }
      }
    } catch (error) {
      // A fault of ours ends this stream alone; the client comes back and starts afresh.
      onEvent({ kind: "failed", reason: String(error) });
      end(new GrpcError(Status.internal, "internal error"));
    }
    wake();
  };
  const read = async (requests: AsyncIterable<DeltaRequest>): Promise<void> => {
    try {
      for await (const request of requests) feed({ kind: "request", request });
      end();
    } catch (error) {
      end(error instanceof GrpcError ? error : new GrpcError(Status.invalidArgument, String(error)));
    }
  };
  const startTimer = (nonce: string): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      feed({ kind: "overdue", nonce });
    }, overdueMs);
    timers.add(timer.unref());
  };

  return {
    publish: (change) => feed({ kind: "changed", change }),
    complete: () => feed({ kind: "complete" }),
    end,
    status: () => ({
      node,
      unanswered: SEND_ORDER.reduce((sum, type) => sum + session.ledgers[type].inFlight.size, 0),
      quarantined: SEND_ORDER.flatMap((type) =>
        [...session.ledgers[type].quarantine.rejected].map(([name, { detail }]) => ({ type, name, detail })),
      ),
    }),
    async *responses(requests) {
      void read(requests);
      try {
        while (ended === undefined) {
          const response = outbox.shift();
          if (response === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            continue;
          }
          yield response;
          // Only here has the client's connection taken it: a reader that stalls starts no timer and is sent nothing.
          if (ended === undefined) startTimer(response.nonce);
        }
        if (ended.error !== undefined) throw ended.error;
      } finally {
        end();
      }
    },
  };
}
