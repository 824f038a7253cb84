// The world around the gateway: external services on loopback as examples/cdktf declares them, their PKI, and the
// certificate files that the gateway reads. Used by the demo, the traffic tests and the benchmark.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
export async function startWorld(dir: string, portBase: number): Promise<World> {
  mkdirSync(dir, { recursive: true });
  const [ca, clientCa] = await Promise.all([makeCa("External CA"), makeCa("Partner client CA")]);
  const client = await clientCa.client("gateway-1");
  writeFileSync(join(dir, "ca.pem"), ca.caPem);
  writeFileSync(join(dir, "client.pem"), client.certPem);
  writeFileSync(join(dir, "client-key.pem"), client.keyPem, { mode: 0o600 });
  const address = "127.0.0.1";
  const http = async (name: string, port: number, certName: string, clientCaPem?: string): Promise<External> =>
    startHttp({
      name,
      address,
      port: portBase + port,
      pair: await ca.server(certName),
      ...(clientCaPem === undefined ? {} : { clientCa: clientCaPem }),
    });
  const services = {
    billing: await http("billing", 1, "billing.external.test"),
    partner: await http("partner", 2, "partner.external.test", clientCa.caPem),
    banner: await startBanner(BANNER, address, portBase + 3),
    pool1: await startBanner("pool 127.0.0.2\r\n", "127.0.0.2", portBase + 4),
    pool2: await startBanner("pool 127.0.0.3\r\n", "127.0.0.3", portBase + 4),
    byname: await http("byname", 5, "localhost"),
    api: await http("api", 6, "api.external.test"),
  };
  return {
    dir,
    portBase,
    ca,
    clientCa,
    services,
    async stop() {
      await Promise.all(Object.values(services).map((service) => service.close()));
    },
  };
}
