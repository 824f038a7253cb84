// TerminatingGateway for programs in other languages: one declaration of a gateway and all that it reaches.

import * as pulumi from "@pulumi/pulumi";
import * as tgw from "consul-terminating-gateway/pulumi";
import type { Acl, Auth, Bind, Delivery, IntentionAction, ProxyConfig, Service } from "./arguments";

/** Addresses, SNI and file paths may be outputs; all else is known at once, and nothing may be secret. */
export interface TerminatingGatewayArgs {
  /** Name of the gateway service and of its `terminating-gateway` config entry. */
  name: string;
  /** Consul datacenter of the gateway and of every linked service. */
  datacenter: string;
  /** Enterprise namespace of the gateway. */
  namespace?: string;
  /** Enterprise admin partition of the gateway. */
  partition?: string;
  /** Where mesh callers reach the gateway; 127.0.0.1:8443 without it. */
  bind?: Bind;
  /** The external services, which are registered with the gateway. */
  services?: Service[];
  /** Services that an ExternalService or somebody else registers and configures: the gateway links them only. */
  linkedServices?: Service[];
  /** What holds where no intention matches; deny without it. */
  defaultIntention?: IntentionAction;
  /** ACL policy, role and token of the gateway process; all three are made without it. */
  acl?: Acl;
  /** How the gateway process logs in by itself; it is given a token without it. */
  auth?: Auth;
  /** Metadata of the config entry. */
  meta?: { [key: string]: string };
  /** How the manifest reaches the gateway processes; as a file without it. */
  delivery?: Delivery;
  /** Gateway options under Consul's own keys. */
  proxyConfig?: ProxyConfig;
}

/**
 * Creates the nodes, services, config entries, ACL policy, role and token. A `terminating-gateway` entry of this name that
 * exists is overwritten, and deleted with the component.
 */
export class TerminatingGateway extends pulumi.ComponentResource {
  /** Name of the gateway, known when its config entry and token are there. */
  readonly gatewayName: pulumi.Output<string>;
  /** Text of the manifest that the runtime boots from; never secret. */
  readonly manifest: pulumi.Output<string>;

  /** Secret of the gateway's token, encrypted to `acl.exportToken.pgpKey`; nothing without it. */
  readonly encryptedTokenSecret?: pulumi.Output<string>;

  constructor(name: string, args: TerminatingGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("consul-tgw:index:TerminatingGateway", name, {}, opts);
    const { linkedServices = [], ...declared } = args;
    const gateway = new tgw.TerminatingGateway(name, declared, { parent: this });
    for (const each of linkedServices) gateway.link(tgw.ExternalService.fromServiceAttributes(each));
    this.manifest = gateway.manifest;
    this.gatewayName = this.manifest.apply(() => declared.name);
    const { gatewayName, manifest } = this;
    const { encryptedTokenSecret } = gateway;
    if (encryptedTokenSecret !== undefined) this.encryptedTokenSecret = encryptedTokenSecret;
    const exported = encryptedTokenSecret === undefined ? {} : { encryptedTokenSecret };
    this.registerOutputs({ gatewayName, manifest, ...exported });
  }
}
