// Who an intention is about, and who decides: Consul's evaluation of sources, where the highest precedence decides.

import type { Intention } from "../../model/gateway";
import type { IntentionAction } from "../../model/props";
import { DEFAULT_TENANCY } from "../../model/service-name";
import type { IntentionSet } from "./state";

/** Namespace and partition of the destination: what a source is in when it does not say. */
export interface Home {
  readonly namespace: string;
  readonly partition: string;
}

export const DEFAULT_HOME: Home = { namespace: DEFAULT_TENANCY, partition: DEFAULT_TENANCY };

/** `*` as name or namespace means any. */
export interface Source extends Home {
  readonly name: string;
}

/** A caller. Namespace and partition default to the destination's; a peer's identity is of another trust domain. */
export interface Caller {
  readonly name: string;
  readonly namespace?: string;
  readonly partition?: string;
  readonly peer?: string;
}

export interface Rule {
  readonly source: Source;
  readonly intention: Intention;
}

/**
 * The intentions in the order of judgement: falling precedence, then by name, so that the order of an answer does not
 * matter; one per source. Sources of a peer are left out: their trust domain is not trusted, so nobody of them gets as
 * far as a rule.
 */
export function rulesOf(set: IntentionSet, home: Home): readonly Rule[] {
  const rules = set.intentions
    .filter(({ peer }) => peer === undefined || peer === "")
    .map((intention) => {
      const { source: name, namespace = home.namespace, partition = home.partition } = intention;
      return { key: `${partition}/${namespace}/${name}`, source: { name, namespace, partition }, intention };
    })
    .sort((a, b) => b.intention.precedence - a.intention.precedence || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const first = new Map<string, Rule>();
  for (const { key, source, intention } of rules) if (!first.has(key)) first.set(key, { source, intention });
  return [...first.values()];
}

/** Whether the rule's source is this caller or a wildcard over it. */
export function covers(pattern: Source, caller: Source): boolean {
  const matches = (each: string, value: string): boolean => each === "*" || each === value;
  return (
    pattern.partition === caller.partition &&
    matches(pattern.namespace, caller.namespace) &&
    matches(pattern.name, caller.name)
  );
}

/** What a rule means for a TCP service: an intention with L7 permissions cannot be judged there, and denies. */
export function l4Action({ intention }: Rule): IntentionAction {
  return intention.permissions === undefined ? (intention.action ?? "deny") : "deny";
}

/** Consul's decision for a TCP service: the intention of the highest precedence that matches, else the default. */
export function decideL4(set: IntentionSet, caller: Caller, home: Home = DEFAULT_HOME): IntentionAction {
  if (caller.peer !== undefined && caller.peer !== "") return "deny";
  return decide(rulesOf(set, home), { ...home, ...caller }, set.defaultAction);
}

/** The same over rules that are at hand. */
export function decide(rules: readonly Rule[], caller: Source, otherwise: IntentionAction): IntentionAction {
  const rule = rules.find(({ source }) => covers(source, caller));
  return rule === undefined ? otherwise : l4Action(rule);
}
