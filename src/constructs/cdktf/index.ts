// Entry `/cdktf`: constructs for CDKTF, and the props that they take. It loads no other engine and no runtime.

export type {
  AclProps,
  BindProps,
  GatewayProps,
  HeaderProps,
  InstanceProps,
  IntentionAction,
  IntentionProps,
  LimitsProps,
  PermissionProps,
  Protocol,
  ServiceProps,
  TimeoutsProps,
  TlsProps,
} from "../../model/props";
export { ExternalNode, type ExternalNodeProps } from "./external-node";
export { ExternalService, type ExternalServiceProps } from "./external-service";
export { GatewayLauncher } from "./gateway-launcher";
export { GatewayProcess, type GatewayProcessProps } from "./gateway-process";
export type { IGatewayLauncher, LaunchContext, LaunchFile, LaunchResult } from "./launcher";
export type { AllowProps, IExternalService, LinkedService } from "./linkable";
export type { LocalExecProps } from "./local-exec-launcher";
export type { SystemdProps } from "./systemd-launcher";
export { type ITerminatingGateway, TerminatingGateway, type TerminatingGatewayProps } from "./terminating-gateway";
