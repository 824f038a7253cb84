// ConsulProvider for CDKTN, with the arguments of the Consul provider.

import { TerraformProvider } from "cdktn";
import type { Construct } from "constructs";
import { type Attributes, block, blocks, flag, text, textMap, toHcl, toJson } from "./attributes";

/** The provider version that is pinned; the one that the bindings of /cdktf are made from. */
export const METADATA = { providerName: "consul", providerVersion: "2.22.1", providerVersionConstraint: "~> 2.16" };

export interface ConsulProviderConfig {
  /** Host and port of the HTTP API. @default - CONSUL_HTTP_ADDR, or "127.0.0.1:8500" */
  readonly address?: string;
  /** "http" or "https". @default "http" */
  readonly scheme?: string;
  /** Give it: without one the provider asks an agent about itself each time. @default - the agent's own */
  readonly datacenter?: string;
  /** Ends up in cdk.tf.json: leave it to CONSUL_HTTP_TOKEN. @default - CONSUL_HTTP_TOKEN */
  readonly token?: string;
  /** `user` or `user:password`. @default - CONSUL_HTTP_AUTH */
  readonly httpAuth?: string;
  /** File of certificate authorities (PEM). */
  readonly caFile?: string;
  /** Directory of certificate authorities. */
  readonly caPath?: string;
  /** Certificate authorities, as PEM text. */
  readonly caPem?: string;
  /** File of the client certificate (PEM). */
  readonly certFile?: string;
  /** Client certificate, as PEM text. */
  readonly certPem?: string;
  /** File of the client certificate's key (PEM). */
  readonly keyFile?: string;
  /** Ends up in cdk.tf.json: prefer keyFile. */
  readonly keyPem?: string;
  /** Does not verify the server's certificate. @default false */
  readonly insecureHttps?: boolean;
  /** Enterprise namespace. */
  readonly namespace?: string;
  /** Tells several providers in a stack apart. */
  readonly alias?: string;
  /** Login by an auth method. */
  readonly authJwt?: ConsulProviderAuthJwt;
  /** Sent with each request. */
  readonly header?: readonly ConsulProviderHeader[];
}

export interface ConsulProviderAuthJwt {
  /** Name of the auth method. */
  readonly authMethod: string;
  /** JWT to log in with; ends up in cdk.tf.json. */
  readonly bearerToken?: string;
  /** Noted with the token. @default {} */
  readonly meta?: Readonly<Record<string, string>>;
  /** Take the JWT that Terraform Cloud gives its runs. @default false */
  readonly useTerraformCloudWorkloadIdentity?: boolean;
}

export interface ConsulProviderHeader {
  /** Name of the HTTP header. */
  readonly name: string;
  /** Its value. */
  readonly value: string;
}

export class ConsulProvider extends TerraformProvider {
  static readonly tfResourceType = "consul";
  private readonly config: ConsulProviderConfig;

  constructor(scope: Construct, id: string, config: ConsulProviderConfig = {}) {
    super(scope, id, {
      terraformResourceType: ConsulProvider.tfResourceType,
      terraformGeneratorMetadata: METADATA,
      terraformProviderSource: "consul",
    });
    this.config = config;
  }

  override get alias(): string | undefined {
    return this.config.alias;
  }

  get datacenter(): string | undefined {
    return this.config.datacenter;
  }

  protected override synthesizeAttributes() {
    return toJson(attributesOf(this.config));
  }

  protected override synthesizeHclAttributes() {
    return toHcl(attributesOf(this.config));
  }
}

/** In the order in which the bindings of /cdktf write HCL. */
function attributesOf(config: ConsulProviderConfig): Attributes {
  const { authJwt, header } = config;
  return {
    address: text(config.address),
    ca_file: text(config.caFile),
    ca_path: text(config.caPath),
    ca_pem: text(config.caPem),
    cert_file: text(config.certFile),
    cert_pem: text(config.certPem),
    datacenter: text(config.datacenter),
    http_auth: text(config.httpAuth),
    insecure_https: flag(config.insecureHttps),
    key_file: text(config.keyFile),
    key_pem: text(config.keyPem),
    namespace: text(config.namespace),
    scheme: text(config.scheme),
    token: text(config.token),
    alias: text(config.alias),
    auth_jwt: block("ConsulProviderAuthJwt", authJwt && loginOf(authJwt)),
    header: blocks(
      "ConsulProviderHeaderList",
      header?.map(({ name, value }) => ({ name: text(name), value: text(value) })),
    ),
  };
}

function loginOf(authJwt: ConsulProviderAuthJwt): Attributes {
  return {
    auth_method: text(authJwt.authMethod),
    bearer_token: text(authJwt.bearerToken),
    meta: textMap(authJwt.meta),
    use_terraform_cloud_workload_identity: flag(authJwt.useTerraformCloudWorkloadIdentity),
  };
}
