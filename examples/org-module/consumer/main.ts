// A team's stack: what it reaches and who may call it. TLS, ports, naming and rules come with the organisation's package.
// TGW_BREAK=1 adds what the organisation forbids: synth then says all of it at once.
import { ConsulProvider } from "@cdktf/provider-consul/lib/provider/index.js";
import { Egress } from "@example/egress";
import { App, TerraformStack } from "cdktf";
import { ExternalService } from "consul-terminating-gateway/cdktf";

const app = new App();
const stack = new TerraformStack(app, "payments");
new ConsulProvider(stack, "consul", { address: "127.0.0.1:8500", datacenter: "dc1" });

const egress = new Egress(stack, "egress", {
  team: "payments",
  environment: "prod",
  datacenter: "dc1",
  owner: "payments@example.com",
  services: [
    { name: "ledger", address: "10.20.3.4", port: 443, protocol: "http", allowFrom: ["checkout"] },
    { name: "cards", address: "api.partners.example.com", port: 443, protocol: "http", allowFrom: ["checkout"] },
  ],
});

if (process.env.TGW_BREAK === "1") {
  const legacy = new ExternalService(stack, "legacy", {
    name: "legacy",
    address: "192.0.2.7",
    port: 80,
    plaintext: true,
    intentions: [{ source: "*", wildcard: true, action: "allow" }],
  });
  egress.link(legacy);
}

app.synth();
