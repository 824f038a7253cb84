// The shape of the engine-neutral resource plan: what plan() makes and both engines realise. Keys are public contract:
// they become construct ids and Pulumi names, so a changed key replaces infrastructure.

/** JSON whose string leaves may be late values of type S. */
export type PlanJson<S> =
  | S
  | string
  | number
  | boolean
  | readonly PlanJson<S>[]
  | { readonly [key: string]: PlanJson<S> };

interface ItemBase {
  /**
   * Unique in the plan: `node-<name>`, `service-<id>`, `defaults-<name>`, `intentions-<name>`, `gateway`, `policy`, `role`,
   * `token`, `token-secret`, `auth-method`, `binding-rule`, `manifest`, `manifest-key`. Of a service in another namespace than the gateway's it ends in `@<namespace>`.
   */
  readonly key: string;
  /** Keys of items that must exist first. */
  readonly dependsOn: readonly string[];
}

export interface NodeItem<S> extends ItemBase {
  readonly kind: "node";
  readonly args: {
    readonly name: string;
    readonly address: S;
    readonly partition?: string;
    readonly meta: Readonly<Record<string, string>>;
  };
}

export interface ServiceItem<S> extends ItemBase {
  readonly kind: "service";
  /** Key of the node item that carries it: the engine passes that node's name and replaces the service with the node. */
  readonly node: string;
  readonly args: {
    readonly name: string;
    readonly serviceId: string;
    readonly address: S;
    readonly port: number;
    readonly namespace?: string;
    readonly partition?: string;
    readonly meta: Readonly<Record<string, string>>;
    readonly tags: readonly string[];
    /** Absent when 1, Consul's own default. */
    readonly weights?: { readonly passing: number; readonly warning: number };
  };
}

export interface ConfigEntryItem<S> extends ItemBase {
  readonly kind: "config-entry";
  readonly args: {
    readonly kind: "terminating-gateway" | "service-defaults" | "service-intentions";
    readonly name: string;
    readonly namespace?: string;
    readonly partition?: string;
    /** Exact CamelCase keys, no empty arrays or objects but those that the server returns. */
    readonly config: { readonly [key: string]: PlanJson<S> };
  };
}

export interface AclPolicyItem extends ItemBase {
  readonly kind: "acl-policy";
  /** `rules` is JSON text. */
  readonly args: { readonly name: string; readonly description: string; readonly rules: string };
}

export interface AclRoleItem extends ItemBase {
  readonly kind: "acl-role";
  /** Policies by name. */
  readonly args: { readonly name: string; readonly description: string; readonly policies: readonly string[] };
}

export interface AclTokenItem extends ItemBase {
  readonly kind: "acl-token";
  /** Roles by name; the secret id is never read. */
  readonly args: { readonly description: string; readonly roles: readonly string[] };
}

/** The secret id of a token, encrypted; kept as it was first, since whoever encrypts it again gets another text. */
export interface AclTokenSecretItem<S> extends ItemBase {
  readonly kind: "acl-token-secret";
  /** Key of the token item. */
  readonly token: string;
  readonly args: { readonly pgpKey: S };
}

/** Where the gateway process logs in. */
export interface AclAuthMethodItem<S> extends ItemBase {
  readonly kind: "acl-auth-method";
  readonly args: {
    readonly name: string;
    readonly type: string;
    readonly description: string;
    readonly maxTokenTtl: string;
    /** Exact CamelCase keys. */
    readonly config: { readonly [key: string]: PlanJson<S> };
  };
}

/** Who gets the gateway's role there. */
export interface AclBindingRuleItem extends ItemBase {
  readonly kind: "acl-binding-rule";
  readonly args: {
    readonly authMethod: string;
    readonly description: string;
    /** Absent: whoever the method lets in. */
    readonly selector?: string;
    readonly bindType: "role";
    readonly bindName: string;
  };
}

export interface ManifestItem<S> extends ItemBase {
  readonly kind: "manifest";
  readonly args: { readonly manifest: { readonly [key: string]: PlanJson<S> } };
}

/** One key of Consul's KV store, deleted with its resource. */
export interface KvKeyItem<S> extends ItemBase {
  readonly kind: "kv-key";
  readonly args: {
    readonly path: string;
    readonly namespace?: string;
    readonly partition?: string;
    /** Written as JSON on one line with sorted keys. */
    readonly value: { readonly [key: string]: PlanJson<S> };
  };
}

export type PlanItem<S = string> =
  | NodeItem<S>
  | ServiceItem<S>
  | ConfigEntryItem<S>
  | AclPolicyItem
  | AclRoleItem
  | AclTokenItem
  | AclTokenSecretItem<S>
  | AclAuthMethodItem<S>
  | AclBindingRuleItem
  | ManifestItem<S>
  | KvKeyItem<S>;

/** In an order that may be created from first to last. */
export type ResourcePlan<S = string> = readonly PlanItem<S>[];
