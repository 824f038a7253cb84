// Names of servers → all their addresses, looked up again while somebody uses them: one name for all servers is how they are
// usually known, and a server that is black-holed or leaderless must not be the only one that is tried.

import { ADDRCONFIG } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Cancel, Clock, Logger } from "../../ports";
import { within } from "../within";
import { type ConsulAddress, type ConsulDiscovery, formatConsulAddress, serverName } from "./access";

/** Resolvers keep answers for about this long. */
const AGAIN_MS = 30_000;
/** A start waits no longer for a resolver; the name itself is tried meanwhile. */
const FIRST_MS = 1_000;

export interface DiscoveryOptions {
  readonly addresses: readonly ConsulAddress[];
  readonly clock: Clock;
  readonly log: Logger;
  /** IP addresses of a name; rejects where there are none. @default - the system's resolver */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  /** @default 30000 */
  readonly againMs?: number;
}

/** Undefined where there is no name to look up. Never rejects. */
export async function discoverServers(options: DiscoveryOptions): Promise<ConsulDiscovery | undefined> {
  const { addresses, clock, log, resolve = systemAddresses, againMs = AGAIN_MS } = options;
  if (!addresses.some(isName)) return undefined;
  const followers = new Set<() => void>();
  let known = addresses;
  let cancel: Cancel = () => undefined;

  const look = async (): Promise<void> => {
    const found = (await Promise.all(addresses.map((address) => expand(address, known, resolve)))).flat();
    if (textOf(found) === textOf(known)) return;
    known = found;
    log.info("Consul servers found", { servers: found.map(serverName) });
    for (const follower of [...followers]) follower();
  };
  const arm = (): void => {
    cancel = clock.setTimer(againMs, () => void look().then(() => (followers.size > 0 ? arm() : undefined)));
  };

  await within(clock, FIRST_MS, look());
  return {
    addresses: () => known,
    follow(onChange) {
      if (followers.size === 0) arm();
      followers.add(onChange);
      return () => {
        followers.delete(onChange);
        if (followers.size === 0) cancel();
      };
    },
  };
}

/** One address for each of the name; a name that leads to one place stays as it is, and one that is not found as it was. */
async function expand(
  address: ConsulAddress,
  known: readonly ConsulAddress[],
  resolve: (name: string) => Promise<readonly string[]>,
): Promise<readonly ConsulAddress[]> {
  if (!isName(address)) return [address];
  try {
    const found = [...new Set(await resolve(address.host))].sort();
    return found.length > 1 ? found.map((ip) => ({ ...address, ip })) : [address];
  } catch {
    return known.filter((each) => formatConsulAddress(each) === formatConsulAddress(address));
  }
}

/** `localhost` is this host, whichever way it resolves. */
function isName(address: ConsulAddress): address is Extract<ConsulAddress, { readonly host: string }> {
  return address.scheme !== "unix" && isIP(address.host) === 0 && address.host !== "localhost";
}

/** Addresses of families that this host has. */
async function systemAddresses(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true, hints: ADDRCONFIG })).map(({ address }) => address);
}

function textOf(addresses: readonly ConsulAddress[]): string {
  return JSON.stringify(addresses);
}
