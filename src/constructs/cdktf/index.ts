// Entry `/cdktf`: constructs for CDKTF, and the props that they take. It loads no other engine and no runtime.

import type * as hcl from "../hcl/constructs";
import { constructsFor } from "../hcl/constructs";
import { type Cdktf, engine } from "./engine";

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

export const { ExternalNode, ExternalService, GatewayProcess, TerminatingGateway } = constructsFor(engine);
export type ExternalNode = hcl.ExternalNode<Cdktf>;
export type ExternalNodeProps = hcl.ExternalNodeProps<Cdktf>;
export type ExternalService = hcl.ExternalService<Cdktf>;
export type ExternalServiceProps = hcl.ExternalServiceProps<Cdktf>;
export type GatewayProcess = hcl.GatewayProcess<Cdktf>;
export type GatewayProcessProps = hcl.GatewayProcessProps<Cdktf>;
export type IExternalService = hcl.IExternalService<Cdktf>;
export type IGatewayLauncher = hcl.IGatewayLauncher<Cdktf>;
export type LaunchContext = hcl.LaunchContext<Cdktf>;
export type LinkedService = hcl.LinkedService<Cdktf>;
export type TerminatingGateway = hcl.TerminatingGateway<Cdktf>;
export type TerminatingGatewayProps = hcl.TerminatingGatewayProps<Cdktf>;
