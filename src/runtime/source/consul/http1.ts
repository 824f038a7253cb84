// HTTP/1.1 to one server, over TCP, TLS or a unix socket. A connection carries one request at a time, and Consul refuses
// more than 200 from one address (limits.http_max_conns_per_client): this stays well below.

import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps, Agent as TlsAgent } from "node:https";
import type { ConnectionOptions } from "node:tls";
import type { ConsulAddress } from "./access";
import { collect, type RawAnswer, type RawRequest, type Transport } from "./transport";

const MAX_CONNECTIONS = 160;
/** Leaves room for watches of lists and nodes, leaves, reads and the probe. */
const MAX_LONG_POLLS = 96;

/** `tls` is needed for an https address alone. */
export function makeHttp1(address: ConsulAddress, tls: ConnectionOptions = {}): Transport {
  const keep = { keepAlive: true, maxSockets: MAX_CONNECTIONS, maxFreeSockets: MAX_CONNECTIONS };
  const makeAgent = () => (address.scheme === "https" ? new TlsAgent({ ...keep, ...tls }) : new Agent(keep));
  let agent = makeAgent();
  const { target, host } = targetOf(address);

  const once = (raw: RawRequest): Promise<RawAnswer> => {
    const send = address.scheme === "https" ? requestHttps : requestHttp;
    const { method, path, signal } = raw;
    const length = raw.body === undefined ? {} : { "content-length": String(Buffer.byteLength(raw.body)) };
    const request = send({ ...target, agent, method, path, signal, headers: { ...host, ...raw.headers, ...length } });
    return answerOf(request, raw.body);
  };

  return {
    async send(raw) {
      try {
        return await once(raw);
      } catch (error) {
        // The server closed an idle connection at the moment that we took it: nothing was read, so ask again.
        if ((error as { idle?: boolean }).idle !== true || raw.signal.aborted) throw error;
        return once(raw);
      }
    },
    longPolls: () => MAX_LONG_POLLS,
    reset() {
      agent.destroy();
      agent = makeAgent();
    },
    close: () => agent.destroy(),
  };
}

/** Where to connect; and the host as it is written, where that is one of its addresses. */
function targetOf(address: ConsulAddress): { readonly target: object; readonly host: { readonly host?: string } } {
  if (address.scheme === "unix") return { target: { socketPath: address.path }, host: {} };
  const { host, port, ip } = address;
  return { target: { host: ip ?? host, port }, host: ip === undefined ? {} : { host: `${host}:${port}` } };
}

function answerOf(request: ClientRequest, body: string | undefined): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    request.once("error", (error: NodeJS.ErrnoException) => {
      reject(Object.assign(error, { idle: request.reusedSocket && error.code === "ECONNRESET" }));
    });
    request.once("response", (response: IncomingMessage) => {
      const header = (name: string): string | undefined => {
        const value = response.headers[name];
        return Array.isArray(value) ? value[0] : value;
      };
      collect(response).then((text) => resolve({ status: response.statusCode ?? 0, header, text }), reject);
    });
    request.end(body);
  });
}
