// A stack to declare in, and what Terraform gets of it. Validations run unless a test asks what happens without.

import { ConsulProvider } from "@cdktf/provider-consul/lib/provider/index.js";
import { TerraformStack, Testing } from "cdktf";
import type { Construct } from "constructs";

/** Resource type → logical id → arguments. */
export type Resources = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

export interface Synthesised {
  readonly text: string;
  readonly resource: Resources;
  readonly output?: Readonly<Record<string, unknown>>;
}

/** Synthesises a stack `s` with a Consul provider. */
export function synth(declare: (stack: TerraformStack) => void, datacenter = "dc1"): Synthesised {
  const stack = new TerraformStack(Testing.app(), "s");
  new ConsulProvider(stack, "consul", { address: "127.0.0.1:8500", datacenter });
  declare(stack);
  const text = Testing.synth(stack, true);
  return { text, ...JSON.parse(text) };
}

/** Every resource of a type, in the order of their logical ids. */
export function allOf(resource: Resources, type: string): readonly Readonly<Record<string, unknown>>[] {
  return Object.values(resource[type] ?? {});
}

/** What synth says against a declaration, a line for each mistake; empty if nothing. */
export function mistakes(declare: (scope: Construct) => void): readonly string[] {
  try {
    synth(declare);
    return [];
  } catch (error) {
    return String(error)
      .split("\n")
      .flatMap((line) => line.trim().match(/^\[.*/)?.[0] ?? []);
  }
}
