// The organisation's gateway for teams that write HCL: synth writes a plain Terraform module into ./egress, or TGW_MODULE_DIR.
// What the team reaches is decided here and versioned with the module; where it is, the caller says by variables.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConsulProvider } from "@cdktf/provider-consul/lib/provider/index.js";
import { Egress, toTerraformModule } from "@example/egress";
import { App, TerraformOutput, TerraformStack, TerraformVariable } from "cdktf";

const app = new App();
const stack = new TerraformStack(app, "module");
// Synth wants a provider; the module has none and takes its caller's.
new ConsulProvider(stack, "consul", {});

interface Variable {
  readonly description: string;
  /** Its caller must give it without. */
  readonly default?: string;
  readonly validation?: { readonly condition: string; readonly errorMessage: string };
}

const variable = (name: string, { validation, ...about }: Variable): string =>
  new TerraformVariable(stack, name, {
    ...{ type: "string", nullable: false, ...about },
    ...(validation && { validation: [validation] }),
  }).stringValue;

/** The rules see no late address, so Terraform holds it to the same networks and domains. */
const ledger = variable("ledger_address", {
  description: "IP address of the ledger.",
  validation: {
    condition: `\${can(cidrhost("\${var.ledger_address}/32", 0)) && cidrsubnet("\${var.ledger_address}/16", 0, 0) == "10.20.0.0/16"}`,
    errorMessage: "The ledger must be in 10.20.0.0/16: ask the network team to approve the destination.",
  },
});
const cards = variable("cards_address", {
  description: "Host name of the card processor.",
  default: "api.partners.example.com",
  validation: {
    condition: '${can(regex("^([a-z0-9-]+[.])+partners[.]example[.]com$", var.cards_address))}',
    errorMessage:
      "The card processor must be below partners.example.com: ask the network team to approve the destination.",
  },
});
const sni = variable("ledger_sni", {
  description: "Name in the ledger's certificate.",
  default: "ledger.example.com",
  validation: {
    condition: '${can(regex("^([a-z0-9-]+[.])+[a-z]+$", var.ledger_sni))}',
    errorMessage: "A host name, as it is in the certificate.",
  },
});
const file = (name: string, what: string, path: string): string =>
  variable(name, { description: `PEM file of ${what}, on the gateway's host.`, default: `/etc/ssl/example/${path}` });
const caFile = file("ca_file", "the CA of external services", "ca.pem");
const certFile = file("client_cert_file", "the client certificate for the ledger", "client.pem");
const keyFile = file("client_key_file", "its key", "client-key.pem");

const egress = new Egress(stack, "egress", {
  team: "payments",
  environment: "prod",
  datacenter: "dc1",
  owner: "payments@example.com",
  lateAddresses: true,
  services: [
    {
      ...{ name: "ledger", address: ledger, port: 443, protocol: "http", allowFrom: ["checkout"] },
      tls: { caFile, certFile, keyFile, sni },
    },
    { name: "cards", address: cards, port: 443, protocol: "http", tls: { caFile }, allowFrom: ["checkout"] },
  ],
});

const output = (name: string, description: string, value: unknown): void =>
  new TerraformOutput(stack, `output-${name}`, { value, description }).overrideLogicalId(name);
output("manifest", "What consul-tgw run --manifest boots from.", egress.manifest);
output("gateway_name", "Name of the gateway service in Consul.", egress.gatewayName);
const policy = egress.node.findChild("policy") as unknown as { readonly id: string };
output("policy_id", "ACL policy of the gateway process.", policy.id);

app.synth();

const folder = process.env.TGW_MODULE_DIR ?? "egress";
mkdirSync(folder, { recursive: true });
const synthesised = readFileSync(join(app.outdir, "stacks", "module", "cdk.tf.json"), "utf8");
writeFileSync(join(folder, "main.tf.json"), toTerraformModule(synthesised, { consul: "~> 2.20" }));
