// What a gateway process is started with. It restarts when one of these changes, and for nothing else: services, intentions
// and certificates reach it while it runs.

import type { GatewayModel } from "../model/gateway";
import { given } from "../model/given";

/** As a flat map of texts, so that a plan shows what changed. */
export function processIdentity(model: GatewayModel<unknown>): Readonly<Record<string, string>> {
  const { name, datacenter, namespace, partition, bind } = model;
  return {
    gateway: name,
    datacenter,
    ...given({ namespace, partition }),
    bind_address: bind.address,
    bind_port: String(bind.port),
  };
}
