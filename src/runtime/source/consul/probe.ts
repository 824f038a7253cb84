// Finds a server that accepts connections and never answers: without it a blocking query would notice only after a minute.

import type { Cancel, Clock } from "../../ports";
import { errorOfFailure } from "./errors";
import type { Servers } from "./servers";

const EVERY_MS = 5_000;
const LIMIT_MS = 3_000;

/** Asks the current server for something small every few seconds; drops its connections when it does not answer. */
export function startProbe({ servers, clock }: { readonly servers: Servers; readonly clock: Clock }): Cancel {
  let stopped = false;
  let cancel: Cancel = () => undefined;

  const probe = async (): Promise<void> => {
    const server = servers.pick();
    const limit = new AbortController();
    const cancelLimit = clock.setTimer(LIMIT_MS, () => limit.abort());
    const { signal } = limit;
    try {
      await server.transport.send({ method: "GET", path: "/v1/status/leader", headers: {}, signal });
      servers.answered(server);
    } catch (error) {
      if (!stopped) {
        const late = `${server.name} did not answer within ${LIMIT_MS / 1000} s`;
        servers.failed(server, signal.aborted ? late : errorOfFailure(error, server.name).message);
        server.transport.reset();
      }
    } finally {
      cancelLimit();
      if (!stopped) cancel = clock.setTimer(EVERY_MS, () => void probe());
    }
  };

  cancel = clock.setTimer(EVERY_MS, () => void probe());
  return () => {
    stopped = true;
    cancel();
  };
}
