// Entry `/pulumi`: components over @pulumi/pulumi and @pulumi/consul. It loads no other engine and nothing of the runtime.

export type { LaunchFile } from "../../launch/options";
export type { Issue } from "../../model/issues";
export type { KnownGateway, Policy } from "../../model/policy";
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
  TokenExportProps,
} from "../../model/props";
export type { CommandArgs } from "./command";
export { ExternalNode, type ExternalNodeArgs } from "./external-node";
export { ExternalService, type ExternalServiceArgs } from "./external-service";
export { GatewayProcess, type GatewayProcessArgs } from "./gateway-process";
export type { CloudInitArgs, LauncherArgs, LauncherKind, LocalExecArgs, SshArgs, SystemdArgs } from "./launcher";
export type { AllowArgs, IExternalService, LinkedService } from "./linkable";
export {
  type ITerminatingGateway,
  TerminatingGateway,
  type TerminatingGatewayArgs,
  type TerminatingGatewayOptions,
} from "./terminating-gateway";
