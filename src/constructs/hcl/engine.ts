// All that the constructs ask of a CDK engine. CDKTF and CDKTN answer alike, but neither takes the other's objects: an entry
// binds its own engine, and nothing here imports one.

import type { Construct, IConstruct } from "constructs";
import type {
  AclAuthMethodArguments,
  AclBindingRuleArguments,
  AclPolicyArguments,
  AclRoleArguments,
  AclTokenArguments,
  ConfigEntryArguments,
  DataArguments,
  KeysArguments,
  NodeArguments,
  ServiceArguments,
  TokenSecretArguments,
} from "./arguments";

/** The engine's own classes, where users meet them. */
export interface EngineTypes {
  readonly provider: IConstruct;
  readonly resource: HclResource;
}

/** A resource of either engine. */
export interface HclResource extends IConstruct {
  /** As `consul_node`. */
  readonly terraformResourceType: string;
  /** The resource's own part of its Terraform address. */
  readonly friendlyUniqueId: string;
  readonly cdktfStack: HclStack;
  /** Bare Terraform addresses. */
  dependsOn?: string[];
  /** Text that the deployment puts an attribute in for. */
  getStringAttribute(attribute: string): string;
  /** The same for an attribute of any type. */
  interpolationForAttribute(attribute: string): unknown;
}

export interface HclStack extends IConstruct {
  addDependency(stack: HclStack): void;
}

/** What is known at synth, and what is put in later. */
export interface Tokens {
  /** Whether the value is a token, or text that contains one. */
  isUnresolved(value: unknown): boolean;
  /** Text that is produced at synth; `resolve` gives what a token has become by then. */
  lazyText(produce: (resolve: (value: unknown) => unknown) => string): string;
  /** Terraform's `jsonencode()` of a value. */
  jsonencode(value: unknown): string;
  /** Terraform's condition that a late text matches a regular expression. */
  matches(pattern: string, text: string): unknown;
}

type Make<E extends EngineTypes, A> = (
  scope: Construct,
  id: string,
  args: A & { readonly provider?: E["provider"] },
) => E["resource"];

/** One maker for each kind of resource in a plan. */
export interface Makers<E extends EngineTypes> {
  readonly node: Make<E, NodeArguments>;
  readonly service: Make<E, ServiceArguments>;
  readonly configEntry: Make<E, ConfigEntryArguments>;
  readonly keys: Make<E, KeysArguments>;
  readonly aclPolicy: Make<E, AclPolicyArguments>;
  readonly aclRole: Make<E, AclRoleArguments>;
  readonly aclToken: Make<E, AclTokenArguments>;
  /** A data source: it is read, never written. */
  readonly tokenSecret: (
    scope: Construct,
    id: string,
    args: TokenSecretArguments & { readonly provider?: E["provider"] },
  ) => Pick<HclResource, "getStringAttribute">;
  readonly aclAuthMethod: Make<E, AclAuthMethodArguments>;
  readonly aclBindingRule: Make<E, AclBindingRuleArguments>;
  /** Terraform's own `terraform_data`: it takes no Consul provider. */
  readonly data: Make<E, DataArguments>;
}

export interface Engine<E extends EngineTypes> extends Tokens {
  readonly make: Makers<E>;
  stackOf(construct: IConstruct): HclStack;
  /** Shown by `synth`, which goes on. */
  warn(construct: IConstruct, message: string): void;
  /** A list that is produced at synth; left out while it is empty. */
  lazyList(produce: () => string[]): string[];
  /** A map that is produced at synth. */
  lazyMap(produce: () => Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** A Terraform output of exactly this name. */
  addOutput(scope: Construct, name: string, output: { readonly value: unknown; readonly description: string }): void;
}
