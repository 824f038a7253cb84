// Order of deployments where constructs of several stacks belong together.

import { TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";

/** The stack of `from` is deployed after the stack of `to`. */
export function addStackDependency(from: IConstruct, to: IConstruct): void {
  const [stack, other] = [TerraformStack.of(from), TerraformStack.of(to)];
  if (stack !== other) stack.addDependency(other);
}
