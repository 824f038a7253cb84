// Arguments of the resources that a plan needs, as the Consul provider's bindings name them.

interface Tenancy {
  readonly namespace?: string;
  readonly partition?: string;
}

export interface NodeArguments {
  readonly name: string;
  readonly address: string;
  readonly meta: { [key: string]: string };
  readonly partition?: string;
}

export interface ServiceArguments extends Tenancy {
  readonly name: string;
  /** `node` in Terraform; every construct has a `node` already. */
  readonly nodeAttribute: string;
  readonly serviceId: string;
  readonly address: string;
  readonly port: number;
  readonly meta?: { [key: string]: string };
  readonly tags?: string[];
  readonly weights?: { [key: string]: number };
  readonly lifecycle: { readonly replaceTriggeredBy: string[] };
}

export interface ConfigEntryArguments extends Tenancy {
  readonly kind: string;
  readonly name: string;
  readonly configJson: string;
}

export interface KeysArguments extends Tenancy {
  readonly key: {
    readonly path: string;
    readonly value: string;
    /** Without it the key stays in Consul when the resource is destroyed. */
    readonly delete: true;
  }[];
}

export interface AclPolicyArguments {
  readonly name: string;
  readonly description: string;
  readonly rules: string;
}

export interface AclRoleArguments {
  readonly name: string;
  readonly description: string;
  readonly policies: string[];
}

export interface AclTokenArguments {
  readonly description: string;
  readonly roles: string[];
}

/** Of the data source `consul_acl_token_secret_id`. */
export interface TokenSecretArguments {
  readonly accessorId: string;
  readonly pgpKey: string;
  /** Judged before it is read. */
  readonly lifecycle?: { readonly precondition: { readonly condition: unknown; readonly errorMessage: string }[] };
}

export interface AclAuthMethodArguments {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly maxTokenTtl: string;
  readonly tokenLocality: "local";
  readonly configJson: string;
}

export interface AclBindingRuleArguments {
  readonly authMethod: string;
  readonly description: string;
  readonly selector?: string;
  readonly bindType: string;
  readonly bindName: string;
}

/** Of `terraform_data`. */
export interface DataArguments {
  /** A map, as a plain value would be written as `{}`. */
  readonly input: { [key: string]: unknown };
  /** A change of any replaces the resource, provisioners included. */
  readonly triggersReplace?: { [key: string]: unknown };
  readonly provisioners?: LocalExec[];
  /** Arguments whose changes are no difference, while nothing replaces the resource. */
  readonly lifecycle?: { readonly ignoreChanges: string[] };
}

export interface LocalExec {
  readonly type: "local-exec";
  readonly command: string;
  readonly environment: Record<string, string>;
  readonly interpreter: string[];
  /** @default - at creation */
  readonly when?: "destroy";
}
