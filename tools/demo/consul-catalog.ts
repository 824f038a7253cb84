// What an operator writes to Consul in the demo, and what callers read from it.
import { join } from "node:path";
import type { ConsulServer } from "./consul-server";
import type { Caller } from "./mesh-client";

/** Exactly what the gateway needs: its own name and node, the linked services, their node. */
export const RIGHTS = JSON.stringify({
  service: Object.fromEntries(["egress", "billing", "partner", "banner"].map((name) => [name, { policy: "write" }])),
  node: { "egress-demo": { policy: "write" }, "external-1": { policy: "read" } },
});

export interface Catalog {
  put(path: string, body: object): Promise<unknown>;
  intend(source: string, destination: string, action: "allow" | "deny"): Promise<void>;
  /** How many healthy gateways (or instances) callers of this service find. */
  gateways(service: string): Promise<number>;
  trustDomain(): Promise<string>;
  /** A mesh service with a leaf of Consul's CA. */
  caller(service: string): Promise<Caller>;
}

export function makeCatalog(consul: Pick<ConsulServer, "call">): Catalog {
  const roots = async () =>
    (await consul.call("GET", "/v1/connect/ca/roots")) as {
      readonly TrustDomain: string;
      readonly Roots: readonly { readonly RootCert: string }[];
    };
  return {
    put: (path, body) => consul.call("PUT", path, body),
    async intend(source, destination, action) {
      const query = `source=${source}&destination=${destination}`;
      await consul.call("PUT", `/v1/connect/intentions/exact?${query}`, { Action: action });
    },
    async gateways(service) {
      const path = service === "egress" ? "health/service" : "health/connect";
      return ((await consul.call("GET", `/v1/${path}/${service}?passing`)) as unknown[]).length;
    },
    trustDomain: async () => (await roots()).TrustDomain,
    async caller(service) {
      const leaf = (await consul.call("GET", `/v1/agent/connect/ca/leaf/${service}`)) as {
        readonly CertPEM: string;
        readonly PrivateKeyPEM: string;
      };
      const ca = (await roots()).Roots.map(({ RootCert }) => RootCert).join("");
      return { cert: leaf.CertPEM, key: leaf.PrivateKeyPEM, ca };
    },
  };
}

/** billing speaks HTTPS, partner wants a client certificate, banner is plain TCP that speaks first. */
export async function declareServices(catalog: Catalog, portBase: number): Promise<void> {
  for (const [at, name] of ["billing", "partner", "banner"].entries()) {
    await catalog.put("/v1/catalog/register", {
      ...{ Node: "external-1", Address: "127.0.0.1", NodeMeta: { "external-node": "true" } },
      Service: { ID: name, Service: name, Address: "127.0.0.1", Port: portBase + at + 1 },
    });
  }
  await catalog.put("/v1/config", { Kind: "service-defaults", Name: "billing", Protocol: "http" });
}

/** The config entry of the gateway, with these services. */
export async function link(catalog: Catalog, work: string, names: readonly string[]): Promise<void> {
  const file = (name: string): string => join(work, "certs", name);
  const tls = (name: string) => ({ Name: name, CAFile: file("ca.pem"), SNI: `${name}.external.test` });
  const services = [
    tls("billing"),
    { ...tls("partner"), CertFile: file("client.pem"), KeyFile: file("client-key.pem") },
    { Name: "banner" },
  ];
  await catalog.put("/v1/config", {
    ...{ Kind: "terminating-gateway", Name: "egress" },
    Services: services.filter(({ Name }) => names.includes(Name)),
  });
}

/** How to go on with what `--stay` keeps running. */
export function showUse(options: {
  readonly consul: ConsulServer;
  readonly work: string;
  readonly sidecarPort: number;
}): string {
  const { consul, work, sidecarPort } = options;
  return `It keeps running; Ctrl-C ends it. As an application beside the sidecar of "web":

  curl http://127.0.0.1:${sidecarPort}/
  npx consul-tgw status --run-dir ${join(work, "run")}

Consul's HTTP API, with its management token in ${join(work, "management-token")}:

  export CONSUL_HTTP_ADDR=${consul.address} CONSUL_HTTP_TOKEN_FILE=${join(work, "management-token")}
  consul intention create -deny -replace web billing
`;
}
