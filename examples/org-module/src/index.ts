// What teams import: the gateway, and the rules for those who declare one without it.

export { Egress, type EgressProps, type Environment, POLICIES } from "./egress";
export { forbidWildcard, type NetworkOptions, onlyNetworks, requireMeta, requireName, requireTls } from "./policies";
export { toTerraformModule } from "./terraform-module";
