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

/** The rules see no late address, so Terraform holds it to the same network. */
const ledger = new TerraformVariable(stack, "ledger_address", {
  type: "string",
  description: "IP address of the ledger.",
  nullable: false,
  validation: [
    {
      condition: `\${can(cidrhost("\${var.ledger_address}/32", 0)) && cidrsubnet("\${var.ledger_address}/16", 0, 0) == "10.20.0.0/16"}`,
      errorMessage: "The ledger must be in 10.20.0.0/16: ask the network team to approve the destination.",
    },
  ],
});
const caFile = new TerraformVariable(stack, "ca_file", {
  type: "string",
  description: "PEM file of the CA of external services, on the gateway's host.",
  default: "/etc/ssl/example/ca.pem",
  nullable: false,
});

const tls = { caFile: caFile.stringValue };
const egress = new Egress(stack, "egress", {
  team: "payments",
  environment: "prod",
  datacenter: "dc1",
  owner: "payments@example.com",
  lateAddresses: true,
  services: [
    {
      ...{ name: "ledger", address: ledger.stringValue, port: 443, protocol: "http", allowFrom: ["checkout"] },
      tls: { ...tls, sni: "ledger.example.com" },
    },
    { name: "cards", address: "api.partners.example.com", port: 443, protocol: "http", tls, allowFrom: ["checkout"] },
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
