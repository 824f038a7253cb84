// Order of deployments where constructs of several stacks belong together.

import type { IConstruct } from "constructs";
import type { Engine, EngineTypes } from "./engine";

/** The stack of `from` is deployed after the stack of `to`. */
export function addStackDependency<E extends EngineTypes>(engine: Engine<E>, from: IConstruct, to: IConstruct): void {
  const [stack, other] = [engine.stackOf(from), engine.stackOf(to)];
  if (stack !== other) stack.addDependency(other);
}
