// Binding of the Consul provider's data source `consul_acl_token_secret_id`, as those of its resources.

import { TerraformDataSource, type TerraformMetaArguments } from "cdktn";
import type { Construct } from "constructs";
import type { TokenSecretArguments } from "../hcl/arguments";
import { text, toHcl, toJson } from "./attributes";
import { METADATA } from "./consul-provider";

export class TokenSecret extends TerraformDataSource {
  static readonly tfResourceType = "consul_acl_token_secret_id";
  private readonly args: TokenSecretArguments;

  constructor(scope: Construct, id: string, args: TokenSecretArguments & Pick<TerraformMetaArguments, "provider">) {
    const { provider, lifecycle } = args;
    super(scope, id, {
      terraformResourceType: TokenSecret.tfResourceType,
      terraformGeneratorMetadata: METADATA,
      ...(provider === undefined ? {} : { provider }),
      ...(lifecycle === undefined ? {} : { lifecycle }),
    });
    this.args = args;
  }

  protected override synthesizeAttributes() {
    return toJson(this.attributes());
  }

  protected override synthesizeHclAttributes() {
    return toHcl(this.attributes());
  }

  private attributes() {
    return { accessor_id: text(this.args.accessorId), pgp_key: text(this.args.pgpKey) };
  }
}
