// What the options need to know of this machine and this process.

import { networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import type { HostFacts } from "./options/effective";
import type { GatewayFlags } from "./options/flags";

export interface Places {
  readonly runDir: string;
  readonly stateDir: string;
  readonly options?: GatewayFlags;
}

/** @param gateway name of its folder in the run directory */
export function hostFacts({ runDir, stateDir, options }: Places, gateway: string): HostFacts {
  return {
    addresses: Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address)),
    env: process.env,
    admin: options?.admin ?? join(resolve(runDir), gateway, "admin.sock"),
    privatePaths: [resolve(runDir), resolve(stateDir)],
  };
}
