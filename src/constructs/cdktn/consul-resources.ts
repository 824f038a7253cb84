// Bindings of the Consul provider's resources that a plan needs: no provider package exists for CDKTN. They write the same
// Terraform JSON as the bindings that /cdktf uses.

import { type TerraformMetaArguments, TerraformResource } from "cdktn";
import type { Construct } from "constructs";
import type {
  AclAuthMethodArguments,
  AclBindingRuleArguments,
  AclPolicyArguments,
  AclRoleArguments,
  AclTokenArguments,
  ConfigEntryArguments,
  KeysArguments,
  NodeArguments,
  ServiceArguments,
} from "../hcl/arguments";
import { type Attributes, blockSet, flag, number, numberMap, text, textMap, texts, toHcl, toJson } from "./attributes";
import { METADATA } from "./consul-provider";

type Meta = Pick<TerraformMetaArguments, "provider" | "lifecycle">;

abstract class ConsulResource extends TerraformResource {
  private readonly attributes: Attributes;

  constructor(scope: Construct, id: string, type: string, attributes: Attributes, meta: Meta) {
    const { provider, lifecycle } = meta;
    super(scope, id, {
      terraformResourceType: type,
      terraformGeneratorMetadata: METADATA,
      ...(provider === undefined ? {} : { provider }),
      ...(lifecycle === undefined ? {} : { lifecycle }),
    });
    this.attributes = attributes;
  }

  protected override synthesizeAttributes() {
    return toJson(this.attributes);
  }

  protected override synthesizeHclAttributes() {
    return toHcl(this.attributes);
  }
}

export class Node extends ConsulResource {
  static readonly tfResourceType = "consul_node";

  constructor(scope: Construct, id: string, args: NodeArguments & Meta) {
    const attributes = {
      address: text(args.address),
      meta: textMap(args.meta),
      name: text(args.name),
      partition: text(args.partition),
    };
    super(scope, id, Node.tfResourceType, attributes, args);
  }
}

export class Service extends ConsulResource {
  static readonly tfResourceType = "consul_service";

  constructor(scope: Construct, id: string, args: ServiceArguments & Meta) {
    const attributes = {
      address: text(args.address),
      meta: textMap(args.meta),
      name: text(args.name),
      namespace: text(args.namespace),
      node: text(args.nodeAttribute),
      partition: text(args.partition),
      port: number(args.port),
      service_id: text(args.serviceId),
      tags: texts(args.tags),
      weights: numberMap(args.weights),
    };
    super(scope, id, Service.tfResourceType, attributes, args);
  }
}

export class ConfigEntry extends ConsulResource {
  static readonly tfResourceType = "consul_config_entry";

  constructor(scope: Construct, id: string, args: ConfigEntryArguments & Meta) {
    const attributes = {
      config_json: text(args.configJson),
      kind: text(args.kind),
      name: text(args.name),
      namespace: text(args.namespace),
      partition: text(args.partition),
    };
    super(scope, id, ConfigEntry.tfResourceType, attributes, args);
  }
}

export class Keys extends ConsulResource {
  static readonly tfResourceType = "consul_keys";

  constructor(scope: Construct, id: string, args: KeysArguments & Meta) {
    const key = args.key.map((each) => ({
      ...{ delete: flag(each.delete), path: text(each.path), value: text(each.value) },
    }));
    const attributes = {
      namespace: text(args.namespace),
      partition: text(args.partition),
      key: blockSet("KeysKeyList", key),
    };
    super(scope, id, Keys.tfResourceType, attributes, args);
  }
}

export class AclPolicy extends ConsulResource {
  static readonly tfResourceType = "consul_acl_policy";

  constructor(scope: Construct, id: string, args: AclPolicyArguments & Meta) {
    const attributes = { description: text(args.description), name: text(args.name), rules: text(args.rules) };
    super(scope, id, AclPolicy.tfResourceType, attributes, args);
  }
}

export class AclRole extends ConsulResource {
  static readonly tfResourceType = "consul_acl_role";

  constructor(scope: Construct, id: string, args: AclRoleArguments & Meta) {
    const attributes = { description: text(args.description), name: text(args.name), policies: texts(args.policies) };
    super(scope, id, AclRole.tfResourceType, attributes, args);
  }
}

export class AclToken extends ConsulResource {
  static readonly tfResourceType = "consul_acl_token";

  constructor(scope: Construct, id: string, args: AclTokenArguments & Meta) {
    const attributes = { description: text(args.description), roles: texts(args.roles) };
    super(scope, id, AclToken.tfResourceType, attributes, args);
  }
}

export class AclAuthMethod extends ConsulResource {
  static readonly tfResourceType = "consul_acl_auth_method";

  constructor(scope: Construct, id: string, args: AclAuthMethodArguments & Meta) {
    const attributes = {
      config_json: text(args.configJson),
      description: text(args.description),
      max_token_ttl: text(args.maxTokenTtl),
      name: text(args.name),
      token_locality: text(args.tokenLocality),
      type: text(args.type),
    };
    super(scope, id, AclAuthMethod.tfResourceType, attributes, args);
  }
}

export class AclBindingRule extends ConsulResource {
  static readonly tfResourceType = "consul_acl_binding_rule";

  constructor(scope: Construct, id: string, args: AclBindingRuleArguments & Meta) {
    const attributes = {
      auth_method: text(args.authMethod),
      bind_name: text(args.bindName),
      bind_type: text(args.bindType),
      description: text(args.description),
      selector: text(args.selector),
    };
    super(scope, id, AclBindingRule.tfResourceType, attributes, args);
  }
}
