// The package root: types of a declaration, validation, plan and manifest. It loads no engine.

export { aclRules } from "./acl";
export type {
  AuthMethodProps,
  AuthProps,
  AwsIamAuthProps,
  JwtAuthProps,
  KubernetesAuthProps,
  NomadAuthProps,
} from "./auth-props";
export type {
  GatewayModel,
  HeaderMatch,
  InstanceModel,
  Intention,
  Permission,
  ServiceModel,
  UpstreamModel,
} from "./gateway";
export { formatIssue, type Issue, type Result } from "./issues";
export { canonicalJson, decodeManifest, MANIFEST_API_VERSION, MANIFEST_KIND, makeManifest } from "./manifest";
export { manifestKey } from "./manifest-names";
export { type PlanContext, plan, planGateway, planServices } from "./plan";
export type {
  AclAuthMethodItem,
  AclBindingRuleItem,
  AclPolicyItem,
  AclRoleItem,
  AclTokenItem,
  ConfigEntryItem,
  KvKeyItem,
  ManifestItem,
  NodeItem,
  PlanItem,
  PlanJson,
  ResourcePlan,
  ServiceItem,
} from "./plan-types";
export type { KnownGateway, Policy } from "./policy";
export type {
  AclProps,
  BindProps,
  Delivery,
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
} from "./props";
export type { BindAddressProps, ProxyConfigProps } from "./proxy-config/props";
export { formatServiceName, parseServiceName, type ServiceName } from "./service-name";
export { type Peek, type ServiceContext, validate, validateService } from "./validate";
export { VERSION } from "./version";
