// A declaration with gateway options, for tests on a real Envoy: two services on the world's ports.

import type { GatewayProps } from "../../src/model/props";
import type { ProxyConfigProps } from "../../src/model/proxy-config/props";
import type { World } from "../../tools/demo/world";

export const declare = (
  world: World,
  proxyConfig: ProxyConfigProps = {},
  services: GatewayProps["services"] = [],
): GatewayProps => ({
  name: "egress",
  datacenter: "dc1",
  bind: { port: world.portBase },
  proxyConfig,
  services: [
    { name: "steady", address: "127.0.0.1", port: world.portBase + 3, plaintext: true, allowFrom: ["web"] },
    { name: "byname", address: "localhost", port: world.portBase + 5, plaintext: true, allowFrom: ["web"] },
    ...services,
  ],
});
