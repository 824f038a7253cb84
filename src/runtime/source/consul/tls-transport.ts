// HTTPS to one server: HTTP/2 where it is offered (every Consul server does), else HTTP/1.1 (some proxies before it). When
// the certificates change, new requests take new connections; old ones are closed when nothing is on its way any more.

import { isIP } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { type ConsulAddress, type ConsulTls, formatConsulAddress } from "./access";
import { makeHttp1 } from "./http1";
import { makeHttp2 } from "./http2";
import type { RawAnswer, RawRequest, Transport } from "./transport";

type HttpsAddress = Extract<ConsulAddress, { host: string }>;

/** A server that does not finish its handshake in this time is not there. */
const HANDSHAKE_MS = 5_000;

/** Connections under one set of certificates. */
interface Generation {
  readonly tls: ConsulTls;
  chosen?: Transport;
  choosing?: Promise<Transport> | undefined;
  requests: number;
}

/** @param tls asked before every request: another object is another set of certificates */
export function makeTlsTransport(address: HttpsAddress, tls: () => ConsulTls): Transport {
  const old = new Set<Generation>();
  let current: Generation = { tls: tls(), requests: 0 };
  let closed = false;

  const choose = async (generation: Generation): Promise<Transport> => {
    const options = optionsOf(address, generation.tls);
    let first: TLSSocket | undefined = await dial(address, options);
    let chosen: Transport;
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
    generation.chosen = chosen;
    if (closed) chosen.close();
    return chosen;
  };

  const sendBy = async (generation: Generation, request: RawRequest): Promise<RawAnswer> => {
    generation.requests += 1;
    try {
      generation.choosing ??= generation.chosen
        ? undefined
        : choose(generation).finally(() => {
            generation.choosing = undefined;
          });
      return await (generation.chosen ?? ((await generation.choosing) as Transport)).send(request);
    } finally {
      generation.requests -= 1;
      if (generation !== current && generation.requests === 0) {
        generation.chosen?.close();
        old.delete(generation);
      }
    }
  };

  return {
    send(request) {
      const now = tls();
      if (now !== current.tls) {
        if (current.requests > 0) old.add(current);
        else current.chosen?.close();
        current = { tls: now, requests: 0 };
      }
      return sendBy(current, request);
    },
    longPolls: () => current.chosen?.longPolls() ?? Number.POSITIVE_INFINITY,
    reset() {
      for (const { chosen } of [...old, current]) chosen?.reset();
    },
    close() {
      closed = true;
      for (const { chosen } of [...old, current]) chosen?.close();
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
