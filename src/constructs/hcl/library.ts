// The same names in both engines' libraries → what the constructs ask of an engine.

import type { Construct, IConstruct } from "constructs";
import type { DataArguments } from "./arguments";
import type { Engine, EngineTypes, HclStack, Makers } from "./engine";

/** What is used of `cdktf` or `cdktn`. */
export interface Library<E extends EngineTypes> {
  readonly Token: { isUnresolved(value: unknown): boolean };
  readonly Fn: {
    jsonencode(value: unknown): string;
    can(expression: unknown): unknown;
    regex(pattern: string, text: string): unknown;
  };
  readonly Lazy: {
    stringValue(producer: { produce(context: { resolve(value: unknown): unknown }): string }): string;
    listValue(producer: { produce(): string[] }, options: { readonly omitEmpty: boolean }): string[];
    anyValue(producer: { produce(): unknown }): unknown;
  };
  readonly TerraformStack: { of(construct: IConstruct): HclStack };
  readonly Annotations: { of(construct: IConstruct): { addWarning(message: string): void } };
  readonly TerraformOutput: new (
    scope: Construct,
    id: string,
    config: { readonly value: unknown; readonly description: string },
  ) => { overrideLogicalId(id: string): void };
  readonly DataResource: new (scope: Construct, id: string, config: DataArguments) => E["resource"];
}

/**
 * An engine of a library and its Consul resources.
 * @param make the kinds that need a provider
 */
export function makeEngine<E extends EngineTypes>(library: Library<E>, make: Omit<Makers<E>, "data">): Engine<E> {
  const { Annotations, DataResource, Fn, Lazy, TerraformOutput, TerraformStack, Token } = library;
  return {
    make: { ...make, data: (scope, id, args) => new DataResource(scope, id, args) },
    stackOf: (construct) => TerraformStack.of(construct),
    isUnresolved: (value) => Token.isUnresolved(value),
    jsonencode: (value) => Fn.jsonencode(value),
    // The engines do not escape backslashes in the text of a function's argument.
    matches: (pattern, text) => Fn.can(Fn.regex(pattern.replaceAll("\\", "\\\\"), text)),
    lazyText: (produce) => Lazy.stringValue({ produce: (context) => produce((value) => context.resolve(value)) }),
    lazyList: (produce) => Lazy.listValue({ produce }, { omitEmpty: true }),
    lazyMap: (produce) => Lazy.anyValue({ produce }) as Record<string, unknown>,
    warn: (construct, message) => Annotations.of(construct).addWarning(message),
    // Its construct id must not be one of the plan's keys, which an output may well be named like.
    addOutput: (scope, name, output) => new TerraformOutput(scope, `output-${name}`, output).overrideLogicalId(name),
  };
}
