// Which datacenter a component's resources are registered in: that of its Consul provider.

import * as pulumi from "@pulumi/pulumi";

/** Undefined where neither the provider nor the stack's configuration says one; a provider's own is known late. */
export function datacenterOf(component: pulumi.Resource): pulumi.Output<string | undefined> {
  const provider = component.getProvider("consul:index/node:Node");
  if (provider === undefined) return pulumi.output(new pulumi.Config("consul").get("datacenter"));
  const { datacenter } = provider as { readonly datacenter?: pulumi.Input<string | undefined> };
  return pulumi.output(datacenter);
}
