// Which instances of a service are served: Envoy cannot mix addresses and hostnames in one cluster.

import type { Instance } from "./state";

/** The instances that are served, sorted, and how their addresses are found. */
export interface Addressing {
  readonly by: "address" | "hostname";
  readonly instances: readonly Instance[];
  /** Instances with an IP address, left out beside hostnames as Consul does. */
  readonly ignored: number;
}

export function addressingOf(instances: readonly Instance[]): Addressing {
  const hostnames = instances.filter(({ address }) => !isIpAddress(address));
  if (hostnames.length === 0) return { by: "address", instances: sorted(instances), ignored: 0 };
  return { by: "hostname", instances: sorted(hostnames), ignored: instances.length - hostnames.length };
}

/** Tells IPv4 and IPv6 addresses from hostnames, which hold no colon and do not end in a number. */
export function isIpAddress(text: string): boolean {
  return text.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
}

/** Whatever the order of a catalog's answer, equal instances give equal bytes. */
function sorted(instances: readonly Instance[]): readonly Instance[] {
  const keyOf = ({ address, port, id }: Instance): string => `${address} ${String(port).padStart(5, "0")} ${id}`;
  return [...instances].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
