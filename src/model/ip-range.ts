// What an IP address to listen on is open to: this host, private networks, or anybody.

import type { Place } from "./place";
import { ipv6Groups, isIpv4 } from "./validate/hosts";

/** `any`: every interface, so as open as the host's own addresses are. */
export type IpRange = "loopback" | "any" | "private" | "public";

/** IPv4 networks that no public router carries: RFC 1918, RFC 6598 (carrier NAT), RFC 3927 (link-local). */
const PRIVATE_IPV4: readonly (readonly [network: string, bits: number])[] = [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
];

/** @param address an IPv4 or IPv6 address; any other text is "public", as nothing is known of it */
export function rangeOf(address: string): IpRange {
  const ipv4 = ipv4Of(address);
  if (ipv4 !== undefined) {
    if (ipv4 === 0) return "any";
    if (within(ipv4, "127.0.0.0", 8)) return "loopback";
    return PRIVATE_IPV4.some(([network, bits]) => within(ipv4, network, bits)) ? "private" : "public";
  }
  const groups = ipv6Groups(address);
  if (groups === undefined) return "public";
  if (groups.slice(0, 7).every((group) => group === 0)) {
    if (groups[7] === 0) return "any";
    if (groups[7] === 1) return "loopback";
  }
  const [first = 0] = groups;
  // RFC 4193 (unique local), RFC 4291 (link-local).
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 ? "private" : "public";
}

/** Whether two sockets get in each other's way: one port, and one address or an address that means all. */
export function overlaps(a: Place, b: Place): boolean {
  if (a.port !== b.port) return false;
  return canonical(a.address) === canonical(b.address) || [a, b].some(({ address }) => rangeOf(address) === "any");
}

/** Whether a socket on `address` is open to the public, on a host with these addresses. */
export function isPublic(address: string, host: readonly string[]): boolean {
  const range = rangeOf(address);
  if (range !== "any") return range === "public";
  const isIpv6 = address.includes(":");
  return host.some((own) => own.includes(":") === isIpv6 && rangeOf(own) === "public");
}

/** One text for one address. */
function canonical(address: string): string {
  const ipv4 = ipv4Of(address);
  return ipv4 === undefined ? (ipv6Groups(address)?.join(":") ?? address) : String(ipv4);
}

/** Of an IPv4 address, also one that is written inside IPv6. */
function ipv4Of(address: string): number | undefined {
  if (isIpv4(address)) return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const groups = ipv6Groups(address);
  const isMapped = groups?.slice(0, 5).every((group) => group === 0) === true && groups[5] === 0xffff;
  return isMapped ? (groups[6] ?? 0) * 65_536 + (groups[7] ?? 0) : undefined;
}

function within(address: number, network: string, bits: number): boolean {
  const size = 2 ** (32 - bits);
  return Math.floor(address / size) === Math.floor((ipv4Of(network) ?? 0) / size);
}
