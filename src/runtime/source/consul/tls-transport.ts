// HTTPS to one server: HTTP/2 where it is offered (every Consul server does), else HTTP/1.1 (some proxies before it).

import { isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { type ConsulAddress, type ConsulTls, formatConsulAddress } from "./access";
import { makeHttp1 } from "./http1";
import { makeHttp2 } from "./http2";
import type { Transport } from "./transport";

type HttpsAddress = Extract<ConsulAddress, { host: string }>;

/** A server that does not finish its handshake in this time is not there. */
const HANDSHAKE_MS = 5_000;

export function makeTlsTransport(address: HttpsAddress, tls: ConsulTls): Transport {
  const options = optionsOf(address, tls);
  let chosen: Transport | undefined;
  let choosing: Promise<Transport> | undefined;
  let closed = false;

  const choose = async (): Promise<Transport> => {
    let first: TLSSocket | undefined = await dial(address, options);
    if (first.alpnProtocol !== "h2") {
      first.destroy();
      chosen = makeHttp1(address, options);
    } else {
      chosen = makeHttp2(formatConsulAddress(address), async () => {
        const socket = first ?? (await dial(address, options));
        first = undefined;
        return socket;
      });
    }
    if (closed) chosen.close();
    return chosen;
  };

  return {
    async send(request) {
      if (chosen === undefined) {
        choosing ??= choose().finally(() => {
          choosing = undefined;
        });
        await choosing;
      }
      return (chosen as Transport).send(request);
    },
    longPolls: () => chosen?.longPolls() ?? Number.POSITIVE_INFINITY,
    reset: () => chosen?.reset(),
    close() {
      closed = true;
      chosen?.close();
    },
  };
}

function optionsOf(address: HttpsAddress, tls: ConsulTls): ConnectionOptions {
  const name = tls.serverName ?? address.host;
  return {
    minVersion: "TLSv1.2",
    // An IP address cannot be sent as a server name, but is checked against the certificate all the same.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(tls.caPem === undefined ? {} : { ca: tls.caPem }),
    ...(tls.certPem === undefined ? {} : { cert: tls.certPem }),
    ...(tls.keyPem === undefined ? {} : { key: tls.keyPem }),
  };
}

function dial({ host, ip = host, port }: HttpsAddress, options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...options, host: ip, port, ALPNProtocols: ["h2", "http/1.1"], timeout: HANDSHAKE_MS });
    socket.once("secureConnect", () => {
      socket.setTimeout(0);
      socket.removeListener("error", reject);
      resolve(socket);
    });
    socket.once("timeout", () => socket.destroy(new Error("no TLS handshake")));
    socket.once("error", reject);
  });
}
