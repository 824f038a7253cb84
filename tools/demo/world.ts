// The world around the gateway: external services on loopback as examples/cdktf declares them, their PKI, and the
// certificate files that the gateway reads. Used by the demo, the traffic tests and the benchmark.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Endings, startAll } from "./endings";
import { type External, startBanner, startHttp } from "./external";
import { makeCa, type PrivateCa } from "./pki";

export const BANNER = "220 banner.external.test ready\r\n";

export interface World {
  /** Directory of ca.pem, client.pem and client-key.pem. */
  readonly dir: string;
  readonly portBase: number;
  readonly ca: PrivateCa;
  /** CA that signs the client certificate which `partner` demands. */
  readonly clientCa: PrivateCa;
  readonly services: Readonly<
    Record<"billing" | "partner" | "banner" | "pool1" | "pool2" | "byname" | "api", External>
  >;
  stop(): Promise<void>;
}

/** Ports: base+1 billing, +2 partner, +3 banner, +4 pool (127.0.0.2 and 127.0.0.3), +5 byname, +6 api. */
export function startWorld(dir: string, portBase: number): Promise<World> {
  return startAll((endings) => start(dir, portBase, endings));
}

async function start(dir: string, portBase: number, endings: Endings): Promise<World> {
  mkdirSync(dir, { recursive: true });
  const [ca, clientCa] = await Promise.all([makeCa("External CA"), makeCa("Partner client CA")]);
  const client = await clientCa.client("gateway-1");
  writeFileSync(join(dir, "ca.pem"), ca.caPem);
  writeFileSync(join(dir, "client.pem"), client.certPem);
  writeFileSync(join(dir, "client-key.pem"), client.keyPem, { mode: 0o600 });
  const address = "127.0.0.1";
  const kept = async (starting: Promise<External>): Promise<External> => {
    const service = await starting;
    endings.add(service.close);
    return service;
  };
  const banner = (text: string, at: string, port: number) => kept(startBanner(text, at, portBase + port));
  const http = async (name: string, port: number, certName: string, clientCaPem?: string): Promise<External> => {
    const pair = await ca.server(certName);
    const clientCa = clientCaPem === undefined ? {} : { clientCa: clientCaPem };
    return kept(startHttp({ ...{ name, address, port: portBase + port, pair }, ...clientCa }));
  };
  const services = {
    billing: await http("billing", 1, "billing.external.test"),
    partner: await http("partner", 2, "partner.external.test", clientCa.caPem),
    banner: await banner(BANNER, address, 3),
    pool1: await banner("pool 127.0.0.2\r\n", "127.0.0.2", 4),
    pool2: await banner("pool 127.0.0.3\r\n", "127.0.0.3", 4),
    byname: await http("byname", 5, "localhost"),
    api: await http("api", 6, "api.external.test"),
  };
  return {
    dir,
    portBase,
    ca,
    clientCa,
    services,
    stop: endings.all,
  };
}
