// The declaration in hand-written L1 code, for CDKTF and CDKTN: one resource after the other, with the same dependencies.
import type { TerraformResource, TerraformStack } from "cdktf";
import { handWritten } from "./synth-services";

type Library = "cdktf" | "cdktn";
type Make = new (scope: TerraformStack, id: string, args: object) => TerraformResource;
type Kind = "Node" | "Service" | "ConfigEntry" | "AclPolicy" | "AclRole" | "AclToken";

const PATHS: Readonly<Record<Kind, string>> = {
  ...{ Node: "node", Service: "service", ConfigEntry: "config-entry" },
  ...{ AclPolicy: "acl-policy", AclRole: "acl-role", AclToken: "acl-token" },
};

/** CDKTN has no package of Consul resources: there the classes are ours, one for one the same. */
function classesOf(library: Library): Readonly<Record<Kind, Make>> {
  if (library === "cdktn") return require("../../dist/constructs/cdktn/consul-resources");
  const load = ([kind, path]: [string, string]) => [
    kind,
    require(`@cdktf/provider-consul/lib/${path}/index.js`)[kind] as Make,
  ];
  return Object.fromEntries(Object.entries(PATHS).map(load)) as Record<Kind, Make>;
}

export function provider(library: Library, stack: TerraformStack): void {
  const from =
    library === "cdktf" ? "@cdktf/provider-consul/lib/provider/index.js" : "../../dist/constructs/cdktn/index";
  const { ConsulProvider } = require(from) as { ConsulProvider: Make };
  new ConsulProvider(stack, "consul", { address: "127.0.0.1:8500", datacenter: "dc1" });
}

export function declare(library: Library, stack: TerraformStack, size: number): void {
  const { Node, Service, ConfigEntry, AclPolicy, AclRole, AclToken } = classesOf(library);
  const { policy, role, token, gateway, services } = handWritten(size);
  const first = [new AclPolicy(stack, "policy", policy)];
  const roles = [after(first, new AclRole(stack, "role", role))];
  after(roles, new AclToken(stack, "token", token));
  const all = services.flatMap(({ key, node, service, defaults, intentions }) => {
    const host = after(first, new Node(stack, `node-${key}`, node));
    const lifecycle = { replaceTriggeredBy: [`${addressOf(host)}.id`] };
    const args = { ...service, nodeAttribute: host.getStringAttribute("name"), lifecycle };
    const external = after([host], new Service(stack, `service-${key}`, args));
    const protocol = after([external], new ConfigEntry(stack, `defaults-${key}`, defaults));
    return [protocol, after([protocol], new ConfigEntry(stack, `intentions-${key}`, intentions))];
  });
  after(all, new ConfigEntry(stack, "gateway", gateway));
}

function after(others: readonly TerraformResource[], resource: TerraformResource): TerraformResource {
  resource.dependsOn = others.map(addressOf);
  return resource;
}

const addressOf = (resource: TerraformResource): string =>
  `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
