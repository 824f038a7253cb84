// Which datacenter a construct's resources are registered in: that of its Consul provider, as far as the program says it.

import type { IConstruct } from "constructs";
import type { Engine, EngineTypes, HclStack } from "./engine";

/** By stack; found once, as a stack has one. */
const defaults = new WeakMap<HclStack, IConstruct>();

/**
 * Undefined while the provider is not declared yet, or says none or a late one.
 * @param provider the construct's own @default - the stack's default Consul provider
 */
export function datacenterOf<E extends EngineTypes>(
  engine: Engine<E>,
  construct: IConstruct,
  provider: E["provider"] | undefined,
): string | undefined {
  const used: unknown = provider ?? defaultProvider(engine, engine.stackOf(construct));
  const { datacenter } = (used ?? {}) as { readonly datacenter?: unknown };
  return typeof datacenter === "string" && !engine.isUnresolved(datacenter) ? datacenter : undefined;
}

function defaultProvider<E extends EngineTypes>(engine: Engine<E>, stack: HclStack): IConstruct | undefined {
  const known = defaults.get(stack);
  if (known !== undefined) return known;
  const isDefault = (each: IConstruct): boolean => {
    const { terraformResourceType, terraformProviderSource, alias } = each as Partial<ProviderConstruct>;
    return terraformResourceType === "consul" && terraformProviderSource !== undefined && alias === undefined;
  };
  const found =
    stack.node.children.find(isDefault) ??
    stack.node.findAll().find((each) => isDefault(each) && engine.stackOf(each) === stack);
  if (found !== undefined) defaults.set(stack, found);
  return found;
}

/** What tells a provider of either engine. */
interface ProviderConstruct {
  readonly terraformResourceType: string;
  readonly terraformProviderSource: string;
  readonly alias: string | undefined;
}
