// ExternalService for programs in other languages: an external service declared apart from its gateways.

import * as pulumi from "@pulumi/pulumi";
import * as tgw from "consul-terminating-gateway/pulumi";
import type { Service } from "./arguments";

/** As a service of a gateway's declaration. */
export interface ExternalServiceArgs extends Service {
  /** Enterprise admin partition; its gateway must be in the same one. */
  partition?: string;
}

/**
 * Creates the catalog services, `service-defaults` and `service-intentions` of its name. A gateway
 * serves it when it is among its `linkedServices`.
 */
export class ExternalService extends pulumi.ComponentResource {
  /** Name of the service in Consul. */
  readonly serviceName: pulumi.Output<string>;

  constructor(name: string, args: ExternalServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("consul-tgw:index:ExternalService", name, {}, opts);
    this.serviceName = pulumi.output(new tgw.ExternalService(name, args, { parent: this }).serviceName);
    this.registerOutputs({ serviceName: this.serviceName });
  }
}
