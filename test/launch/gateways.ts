// Manifests that the launch tests carry, written out.

/** Of gateway "egress" with one service; what is given replaces or follows. */
export function manifestText(
  more: { name?: string; address?: string; port?: number; services?: object[]; gateway?: object } = {},
): string {
  const { name = "egress", address = "0.0.0.0", port = 8443, services = [], gateway = {} } = more;
  const manifest = {
    apiVersion: "consul-terminating-gateway/v1",
    gateway: { bind: { address, port }, datacenter: "dc1", defaultIntention: "deny", name, ...gateway },
    kind: "TerminatingGatewayManifest",
    services: [service("billing", "10.0.0.9"), ...services],
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

export function service(name: string, address: string): object {
  return {
    instances: [{ address, id: name, node: `external-${name}`, port: 443, weight: 1 }],
    intentions: [{ action: "allow", source: "web" }],
    name,
    protocol: "tcp",
    tls: { caFile: "/etc/egress/ca.pem" },
  };
}
