// A gRPC service in this process, on a loopback port that the system chooses: how engines reach what is attached to them.

import { Server, ServerCredentials, type ServiceDefinition, status } from "@grpc/grpc-js";

export interface Served {
  readonly port: number;
  stop(): void;
}

/** Methods with one request and one answer each, by their names; errors are told in their own words. */
export async function serve(service: ServiceDefinition, methods: object): Promise<Served> {
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  const all = Object.entries(methods).map(([name, answer]) => [name, unary(answer as Answer)]);
  server.addService(service, Object.fromEntries(all));
  const port = await new Promise<number>((resolve, reject) => {
    const done = (error: Error | null, at: number): void => (error === null ? resolve(at) : reject(error));
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), done);
  });
  return { port, stop: () => server.forceShutdown() };
}

type Answer = (request: unknown) => unknown;

function unary(answer: Answer) {
  return async (
    call: { readonly request: unknown },
    reply: (error: { readonly code: number; readonly details: string } | null, answer?: unknown) => void,
  ): Promise<void> => {
    try {
      reply(null, await answer(call.request));
    } catch (error) {
      reply({ code: status.UNKNOWN, details: error instanceof Error ? error.message : "failed" });
    }
  };
}
