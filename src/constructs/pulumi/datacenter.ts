// Which datacenter a component's resources are registered in: that of its Consul provider.

import * as pulumi from "@pulumi/pulumi";
import type { Issue } from "../../model/issues";
import { mistakesIn } from "./mistakes";

/** Undefined where neither the provider nor the stack's configuration says one; a provider's own is known late. */
export function datacenterOf(component: pulumi.Resource): pulumi.Output<string | undefined> {
  const provider = component.getProvider("consul:index/node:Node");
  if (provider === undefined) return pulumi.output(new pulumi.Config("consul").get("datacenter"));
  const { datacenter } = provider as { readonly datacenter?: pulumi.Input<string | undefined> };
  return pulumi.output(datacenter);
}

/**
 * Waits for datacenters that are known late, as long as they may come.
 * @param judge what is wrong with them; undefined stands for one that nobody says
 * @returns rejects with every mistake; resolves where there is none, and in a preview where one is not known
 */
export async function judgeDatacenters(
  subject: string,
  datacenters: readonly (pulumi.Output<string | undefined> | undefined)[],
  judge: (known: readonly (string | undefined)[]) => readonly Issue[],
): Promise<void> {
  const judged = pulumi.all(datacenters.map((each) => pulumi.output(each))).apply((known) => {
    const issues = judge(known);
    if (issues.length > 0) throw mistakesIn(subject, issues);
  });
  // What it asks is known with the value, or with the knowledge that there is none yet.
  await pulumi.isSecret(judged);
}
