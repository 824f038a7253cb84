// The declaration of one service: arguments in, model or mistakes out.

import type * as pulumi from "@pulumi/pulumi";
import type { Peek } from "../../model/build";
import type { ServiceModel } from "../../model/gateway";
import type { Issue, Result } from "../../model/issues";
import type { ServiceProps } from "../../model/props";
import { validateService } from "../../model/validate";
import { ExternalNode } from "./external-node";
import type { Leaf } from "./leaves";
import type { AllowArgs } from "./linkable";

export interface DeclaredService extends ServiceProps<pulumi.Input<string>> {
  /** Node that carries its only instance, instead of `address`. @default - one per address, with a clearly synthetic name */
  readonly node?: ExternalNode;
}

/** Judges the arguments of a service that is declared on its own; paths are those of the arguments. */
export function judgeService(declared: DeclaredService, peek: Peek<Leaf>): Result<ServiceModel<Leaf>> {
  const { node } = declared;
  const conflicts = node === undefined ? [] : nodeConflicts(declared);
  // The service's own name starts the names of its nodes: whoever declares a service owns its name in the datacenter.
  const context = { owner: String(declared.name), linkedElsewhere: true };
  const result = validateService<Leaf>(toProps(declared), context, peek);
  if (result.ok && conflicts.length === 0) return result;
  const found = (result.ok ? [] : result.error).map(inArguments).map((each) => (node ? ofOnlyInstance(each) : each));
  return { ok: false, error: [...conflicts, ...found] };
}

/** For a gateway: every id and node name spelled out, so that it derives no others. */
export function linkedProps(declared: DeclaredService, { instances }: ServiceModel<Leaf>): ServiceProps<Leaf> {
  const { node: _node, address: _address, port: _port, instances: _instances, ...rest } = declared;
  return instances.length === 0 ? rest : { ...rest, instances };
}

/** With more sources, or with one source under rules. Whatever is no name is refused later, with its place in the list. */
export function withAllowed<D extends DeclaredService>(declared: D, sources: readonly (string | AllowArgs)[]): D {
  const [source, rules] = sources;
  const { allowFrom = [], intentions = [] } = declared;
  if (typeof source !== "string" || typeof rules !== "object" || rules === null) {
    return { ...declared, allowFrom: [...allowFrom, ...(sources as readonly string[])] };
  }
  return { ...declared, intentions: [...intentions, { ...rules, source }] };
}

/** An issue of validateService() as one of the arguments: nobody wrote `service`. */
export function inArguments(issue: Issue): Issue {
  return { ...issue, path: issue.path.replace(/^service\./, "") };
}

function ofOnlyInstance(issue: Issue): Issue {
  return { ...issue, path: issue.path.replace(/^instances\[0\]\./, "") };
}

function toProps(declared: DeclaredService): unknown {
  const { node, address: _address, port, instances: _instances, ...rest } = declared;
  if (!(node instanceof ExternalNode)) return declared;
  return { ...rest, instances: [{ address: node.address, node: node.nodeName, port }] };
}

function nodeConflicts(declared: DeclaredService): readonly Issue[] {
  const hint = "the node says where the instance is";
  return (["address", "instances"] as const)
    .filter((key) => declared[key] !== undefined)
    .map((path) => ({ path, got: "a value beside node", allowed: "one of the two", hint }));
}
