// A raw delta ADS client over a unix socket: sends the requests that a test writes and reads one response at a time, so
// that a test can stop reading. Written from the protocol; knows nothing of the server's code.
import { createConnection } from "node:net";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AggregatedDiscoveryService } from "../../src/runtime/xds/gen/envoy/service/discovery/v3/ads_pb";
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
} from "../../src/runtime/xds/gen/envoy/service/discovery/v3/discovery_pb";

export type Request = MessageInitShape<typeof DeltaDiscoveryRequestSchema>;

export interface DeltaClient {
  send(request: Request): void;
  /** The next response; rejects with a ConnectError when the server ends the stream badly, undefined at its good end. */
  next(): Promise<DeltaDiscoveryResponse | undefined>;
  /** Drops the connection. */
  close(): void;
}

/** The node of a first request, as an Envoy of this version sends it. */
export function clientNode(minor: number) {
  const version = { majorNumber: 1, minorNumber: minor, patch: 0 };
  return {
    id: "test-client",
    userAgentName: "envoy",
    userAgentVersionType: { case: "userAgentBuildVersion", value: { version } },
  } as const;
}

/** A transport that reaches a gRPC server on a unix socket. */
export function socketTransport(path: string) {
  return createGrpcTransport({
    baseUrl: "http://localhost",
    nodeOptions: { createConnection: () => createConnection(path) },
  });
}

/** Opens one delta stream. */
export function connectDelta(path: string): DeltaClient {
  const abort = new AbortController();
  const queue: DeltaDiscoveryRequest[] = [];
  let wake = (): void => undefined;
  async function* requests() {
    while (!abort.signal.aborted) {
      const request = queue.shift();
      if (request !== undefined) yield request;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  const client = createClient(AggregatedDiscoveryService, socketTransport(path));
  const responses = client.deltaAggregatedResources(requests(), { signal: abort.signal })[Symbol.asyncIterator]();
  return {
    send(request) {
      queue.push(create(DeltaDiscoveryRequestSchema, request));
      wake();
    },
    async next() {
      const result = await responses.next();
      return result.done ? undefined : result.value;
    },
    close() {
      abort.abort();
      wake();
    },
  };
}
