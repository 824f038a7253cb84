// External services on this machine behind one terminating gateway: every kind that the library serves.
// TGW_DEMO_DIR is a directory with ca.pem, client.pem and client-key.pem; the services listen from TGW_DEMO_PORT_BASE + 1 on.
import { TerminatingGateway } from "consul-terminating-gateway/pulumi";

const dir = process.env.TGW_DEMO_DIR ?? "/etc/consul-terminating-gateway";
const base = Number(process.env.TGW_DEMO_PORT_BASE ?? 19100);

const caFile = `${dir}/ca.pem`;
const allowFrom = ["web"];

const gateway = new TerminatingGateway("gateway", {
  name: "egress",
  datacenter: "dc1",
  bind: { address: "127.0.0.1", port: base },
  services: [
    // HTTPS behind a private CA.
    {
      name: "billing",
      address: "127.0.0.1",
      port: base + 1,
      protocol: "http",
      tls: { caFile, sni: "billing.external.test" },
      allowFrom,
    },
    // It demands a client certificate.
    {
      name: "partner",
      address: "127.0.0.1",
      port: base + 2,
      tls: { caFile, certFile: `${dir}/client.pem`, keyFile: `${dir}/client-key.pem`, sni: "partner.external.test" },
      allowFrom,
    },
    // Plain TCP that speaks first, as databases do.
    { name: "banner", address: "127.0.0.1", port: base + 3, plaintext: true, allowFrom },
    // Two instances, one of which takes twice the load.
    {
      name: "pool",
      instances: [
        { address: "127.0.0.2", port: base + 4, weight: 2 },
        { address: "127.0.0.3", port: base + 4 },
      ],
      plaintext: true,
      allowFrom,
    },
    // By hostname, which is sent as SNI and demanded in the certificate.
    { name: "byname", address: "localhost", port: base + 5, protocol: "http", tls: { caFile }, allowFrom },
    // Only what is public, judged request by request.
    {
      name: "api",
      address: "127.0.0.1",
      port: base + 6,
      protocol: "http",
      tls: { caFile, sni: "api.external.test" },
      intentions: [
        {
          source: "web",
          permissions: [
            { action: "allow", pathExact: "/public" },
            { action: "allow", pathPrefix: "/public/" },
          ],
        },
      ],
    },
  ],
});

/** What the runtime boots from: `pulumi stack output manifest`. */
export const manifest = gateway.manifest;
