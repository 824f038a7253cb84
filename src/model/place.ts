// A socket: an IP address and a port.

export interface Place {
  readonly address: string;
  readonly port: number;
}

/** `address:port`, with an IPv6 address in brackets. */
export function formatPlace({ address, port }: Place): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}
