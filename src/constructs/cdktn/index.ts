// Entry `/cdktn`: the constructs of `/cdktf` for CDKTN, and a Consul provider. It loads no other engine and no runtime.

import type * as hcl from "../hcl/constructs";
import { constructsFor } from "../hcl/constructs";
import { type Cdktn, engine } from "./engine";

export type { Issue } from "../../model/issues";
export type { KnownGateway, Policy } from "../../model/policy";
export * from "../../model/props";
export {
  type AllowProps,
  type CloudInitProps,
  GatewayLauncher,
  type ITerminatingGateway,
  type LaunchFile,
  type LaunchResult,
  type LocalExecProps,
  type SshProps,
  type SystemdProps,
} from "../hcl/constructs";
export {
  ConsulProvider,
  type ConsulProviderAuthJwt,
  type ConsulProviderConfig,
  type ConsulProviderHeader,
} from "./consul-provider";

export const { ExternalNode, ExternalService, GatewayProcess, TerminatingGateway } = constructsFor(engine);
export type ExternalNode = hcl.ExternalNode<Cdktn>;
export type ExternalNodeProps = hcl.ExternalNodeProps<Cdktn>;
export type ExternalService = hcl.ExternalService<Cdktn>;
export type ExternalServiceProps = hcl.ExternalServiceProps<Cdktn>;
export type GatewayProcess = hcl.GatewayProcess<Cdktn>;
export type GatewayProcessProps = hcl.GatewayProcessProps<Cdktn>;
export type IExternalService = hcl.IExternalService<Cdktn>;
export type IGatewayLauncher = hcl.IGatewayLauncher<Cdktn>;
export type LaunchContext = hcl.LaunchContext<Cdktn>;
export type LinkedService = hcl.LinkedService<Cdktn>;
export type TerminatingGateway = hcl.TerminatingGateway<Cdktn>;
export type TerminatingGatewayProps = hcl.TerminatingGatewayProps<Cdktn>;
