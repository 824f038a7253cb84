// Intentions of a TCP service → the exact set of allowed callers, as URIs that the TLS handshake can match.

import type { IntentionAction } from "../../model/props";
import { DEFAULT_TENANCY } from "../../model/service-name";
import { type Home, l4Action, type Rule, rulesOf } from "../snapshot/sources";
import type { IntentionSet } from "../snapshot/state";
import { literal, notOneOf, SEGMENT } from "./regex";

/** One part of a caller's name: this one, or any but those. */
type Part = { readonly is: string } | { readonly not: readonly string[] };

/**
 * Regular expressions that match, as a whole, the SPIFFE ids of the allowed callers and no others; sorted. Empty: nobody
 * is allowed. Callers are services of this trust domain; their datacenter is not judged, as in Consul.
 */
export function allowedUris(set: IntentionSet, home: Home, trustDomain: string): readonly string[] {
  const rules = rulesOf(set, home);
  const uris: string[] = [];
  for (const [partition, within] of split(rules, ({ source }) => source.partition)) {
    for (const [namespace, inside] of split(within, ({ source }) => source.namespace)) {
      const names = allowedNames(inside, set.defaultAction);
      if (names === undefined) continue;
      uris.push(
        `^spiffe://${literal(trustDomain)}${partitionPath(partition)}/ns/${part(namespace)}/dc/${SEGMENT}/svc/${names}$`,
      );
    }
  }
  return uris.sort();
}

/** The rules of each value that they name, wildcards included, and last those of every other value. */
function split(rules: readonly Rule[], partOf: (rule: Rule) => string): readonly (readonly [Part, readonly Rule[]])[] {
  const wildcards = rules.filter((rule) => partOf(rule) === "*");
  const values = [...new Set(rules.map(partOf))].filter((value) => value !== "*");
  return [
    ...values.map((value): readonly [Part, readonly Rule[]] => [
      { is: value },
      rules.filter((rule) => partOf(rule) === value || partOf(rule) === "*"),
    ]),
    [{ not: values }, wildcards],
  ];
}

/**
 * Expression of the allowed names, undefined for none. Rules here already agree on namespace and partition, so only names
 * tell callers apart. One expression for all of them: each further caller costs its name and no more.
 */
function allowedNames(rules: readonly Rule[], otherwise: IntentionAction): string | undefined {
  const first = rules.findIndex(({ source }) => source.name === "*");
  const everybody = rules[first];
  const named = new Map<string, IntentionAction>();
  for (const rule of first < 0 ? rules : rules.slice(0, first)) {
    if (!named.has(rule.source.name)) named.set(rule.source.name, l4Action(rule));
  }
  const names = (action: IntentionAction): string[] =>
    [...named].filter(([, is]) => is === action).map(([name]) => name);
  const fresh = everybody === undefined ? otherwise : l4Action(everybody);
  if (fresh === "allow") return notOneOf(names("deny"));
  const allowed = names("allow").map(literal).sort();
  return allowed.length > 1 ? `(?:${allowed.join("|")})` : allowed[0];
}

function part(value: Part): string {
  return "is" in value ? literal(value.is) : notOneOf(value.not);
}

/** The default partition is not written in a SPIFFE id. */
function partitionPath(value: Part): string {
  if ("is" in value) return value.is === DEFAULT_TENANCY ? "" : `/ap/${literal(value.is)}`;
  const named = `/ap/${notOneOf([...new Set([...value.not, DEFAULT_TENANCY])])}`;
  return value.not.includes(DEFAULT_TENANCY) ? named : `(?:${named})?`;
}
