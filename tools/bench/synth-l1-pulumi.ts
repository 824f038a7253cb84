// The declaration in hand-written resources of @pulumi/consul, with the same dependencies.
import * as consul from "@pulumi/consul";
import { handWritten } from "./synth-services";

export function declare(size: number): void {
  const { policy, role, token, gateway, services } = handWritten(size);
  const dependsOn = [new consul.AclPolicy("policy", policy)];
  const roles = [new consul.AclRole("role", role, { dependsOn })];
  new consul.AclToken("token", token, { dependsOn: roles });
  const all = services.flatMap(({ key, node, service, defaults, intentions }) => {
    const host = new consul.Node(`node-${key}`, node, { dependsOn });
    const external = new consul.Service(`service-${key}`, { ...service, node: host.name }, { dependsOn: [host] });
    const protocol = new consul.ConfigEntry(`defaults-${key}`, defaults, { dependsOn: [external] });
    return [protocol, new consul.ConfigEntry(`intentions-${key}`, intentions, { dependsOn: [protocol] })];
  });
  new consul.ConfigEntry("gateway", gateway, { dependsOn: all });
}
