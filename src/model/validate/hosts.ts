// IP addresses and hostnames as text, by RFC 4291 and RFC 1123. (node:net would do, but the model imports nothing.)

const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

export function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

export function isIpv6(text: string): boolean {
  return ipv6Groups(text) !== undefined;
}

export function isIpAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

/** At most 253 characters, no trailing dot; a name whose last label is a number is a mistyped IP address. */
export function isHostname(text: string): boolean {
  const labels = text.split(".");
  return text.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^[0-9]+$/.test(labels.at(-1) ?? "");
}

/**
 * One text for each address, fit for a node name: no two addresses share one by accident.
 * A dot becomes `-`, a hyphen `--`; IPv6 is written with all eight groups.
 */
export function nodeLabel(address: string): string {
  const groups = ipv6Groups(address);
  if (groups !== undefined) return groups.map((group) => group.toString(16)).join("-");
  return address
    .toLowerCase()
    .replaceAll("-", "--")
    .replace(/[^a-z0-9-]/g, "-");
}

/** The eight groups, or undefined for what is no IPv6 address. No zone: it means nothing on another host. */
export function ipv6Groups(text: string): readonly number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return undefined;
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** Groups of one side of `::`; the very last may be a dotted IPv4 address, worth two. */
function groupsOf(text: string, isLast: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  const dotted = isLast && isIpv4(last) ? last.split(".").map(Number) : undefined;
  const hex = dotted === undefined ? parts : parts.slice(0, -1);
  if (!hex.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part))) return undefined;
  const groups = hex.map((part) => Number.parseInt(part, 16));
  if (dotted === undefined) return groups;
  const [a = 0, b = 0, c = 0, d = 0] = dotted;
  return [...groups, a * 256 + b, c * 256 + d];
}
