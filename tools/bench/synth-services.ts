// What is declared in each run: N HTTPS services with a caller each.

export type { Figures } from "./report";

export interface DeclaredService {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: "http";
  readonly tls: { readonly caFile: string; readonly sni: string };
  readonly allowFrom: readonly string[];
}

export function servicesOf(size: number): readonly DeclaredService[] {
  return Array.from({ length: size }, (_, i) => ({
    name: `service-${i}`,
    address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
    port: 443,
    protocol: "http",
    tls: { caFile: "/etc/egress/ca.pem", sni: `service-${i}.example.com` },
    allowFrom: ["web"],
  }));
}

/** The arguments that a careful hand writes for the whole, by kind of resource; the same as ours but for the manifest. */
export function handWritten(size: number) {
  const services = servicesOf(size);
  const name = "egress-terminating-gateway";
  const policyOf = (policy: string) => ({ policy });
  const rules = {
    node: Object.fromEntries(services.map(({ address }) => [nodeOf(address), policyOf("read")])),
    service: Object.fromEntries(
      ["egress", ...services.map((each) => each.name)].map((each) => [each, policyOf("write")]),
    ),
  };
  return {
    policy: { name, rules: JSON.stringify(rules), description: "Terminating gateway egress" },
    role: { name, policies: [name], description: "Terminating gateway egress" },
    token: { roles: [name], description: "Terminating gateway egress" },
    gateway: {
      kind: "terminating-gateway",
      name: "egress",
      configJson: JSON.stringify({
        Services: services.map((each) => ({ CAFile: each.tls.caFile, Name: each.name, SNI: each.tls.sni })),
      }),
    },
    services: services.map((each) => ({
      key: each.name,
      node: { name: nodeOf(each.address), address: each.address, meta: { "external-node": "true" } },
      service: { name: each.name, serviceId: each.name, address: each.address, port: each.port },
      defaults: {
        kind: "service-defaults",
        name: each.name,
        configJson: JSON.stringify({ Expose: {}, MeshGateway: {}, Protocol: each.protocol, TransparentProxy: {} }),
      },
      intentions: {
        kind: "service-intentions",
        name: each.name,
        configJson: JSON.stringify({ Sources: [{ Action: "allow", Name: "web", Precedence: 9, Type: "consul" }] }),
      },
    })),
  };
}

const nodeOf = (address: string): string => `egress-external-${address.replaceAll(".", "-")}`;
