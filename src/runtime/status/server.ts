// Tells the status of the gateway to whoever may open its socket: the user that runs it.

import { createServer } from "node:http";
import { join } from "node:path";
import { listen } from "../ads/socket";
import type { Logger } from "../ports";
import type { GatewayStatus } from "./view";

export interface StatusServer {
  close(): Promise<void>;
}

/** In the run directory of the gateway. */
export function statusSocket(runDir: string): string {
  return join(runDir, "status.sock");
}

/** GET answers the status as JSON. A socket that cannot be had is logged: the gateway goes on without. */
export async function startStatusServer(path: string, status: () => GatewayStatus, log: Logger): Promise<StatusServer> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json");
    if (request.method === "GET") return response.end(JSON.stringify(status()));
    response.statusCode = 405;
    return response.end(JSON.stringify({ error: "GET only" }));
  });
  try {
    await listen(server, { path });
  } catch (error) {
    log.warn("the status command has no socket", { path, reason: (error as Error).message });
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
