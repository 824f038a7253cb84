// L7 permissions → RBAC predicates over path, method and headers.
// Callers choose how often they send a header, and whether as lines or as a list. So a permission that allows holds only
// where it surely holds, on a single line; one that denies holds already where one part of a header would satisfy it.

import type { HeaderMatch, Permission } from "../../model/gateway";
import type { IntentionAction } from "../../model/props";
import { all, any, header, not, PATH, type Predicate, regex, type Text, test } from "./predicates";
import { literal } from "./regex";

/** Any bytes, none included: where it fails, there is no such header. */
const PRESENT = regex("\\C*");
/** Text, none included. Expressions see only UTF-8, so bytes that are none must not slip past what denies. */
const READABLE = regex("(?s).*");
/** One line, as far as can be told: Envoy joins lines by a comma alone, while lists have a blank behind it. */
const ONE_LINE = regex("(?:[^,]|,[ \\t])*");

/** What a request must satisfy; undefined: any request does. */
export function requestPredicate({ action, path, methods, headers }: Permission): Predicate | undefined {
  const conditions = [
    ...(path === undefined ? [] : [pathPredicate(path, action)]),
    ...(methods.length === 0 ? [] : [any(methods.map((value) => test(header(":method"), exact(value, false))))]),
    ...headers.map((match) => headerPredicate(match, action)),
  ];
  return conditions.length === 0 ? undefined : all(conditions);
}

/** Expressions are matched against the path alone, the rest against `:path`, which holds the query behind a `?`. */
function pathPredicate({ kind, value }: NonNullable<Permission["path"]>, action: IntentionAction): Predicate {
  const full = header(":path");
  switch (kind) {
    case "exact":
      return any([test(full, exact(value, false)), test(full, prefix(`${value}?`, false))]);
    case "prefix":
      return test(full, prefix(value, false));
    case "regex":
      return action === "allow" ? test(PATH, regex(value)) : any([test(PATH, regex(value)), not(test(PATH, READABLE))]);
  }
}

/** Inverted conditions swap sure and possible. An absent header satisfies an inverted deny, but no inverted allow. */
function headerPredicate(match: HeaderMatch, action: IntentionAction): Predicate {
  const input = header(match.name);
  if (match.kind === "present") return match.invert ? not(test(input, PRESENT)) : test(input, PRESENT);
  if (action === "allow") {
    return match.invert
      ? all([test(input, READABLE), not(any(possibly(match).map((text) => test(input, text))))])
      : all(surely(match).map((text) => test(input, text)));
  }
  if (match.invert) return not(all(surely(match).map((text) => test(input, text))));
  const unreadable = all([test(input, PRESENT), not(test(input, READABLE))]);
  const found = possibly(match).map((text) => test(input, text));
  return any(match.kind === "regex" ? [...found, unreadable] : found);
}

/** Tests that all hold only where the header as a whole satisfies the condition. */
function surely({ kind, value, ignoreCase }: HeaderMatch): readonly Text[] {
  const oneLine = value.includes(",") ? [] : [ONE_LINE];
  switch (kind) {
    case "exact":
      return [exact(value, ignoreCase)];
    case "prefix":
      return [prefix(value, ignoreCase), ...oneLine];
    case "suffix":
      return [{ matchPattern: { case: "suffix", value }, ignoreCase }, ...oneLine];
    case "contains":
      return [contains(value, ignoreCase), ...oneLine];
    case "regex":
      return [regex(ignoreCase ? `(?i:${value})` : value), ...oneLine];
    case "present":
      return [PRESENT];
  }
}

/** Tests of which one holds wherever the header, or a part of it between commas, satisfies the condition. */
function possibly({ kind, value, ignoreCase }: HeaderMatch): readonly Text[] {
  const within = (pattern: string): Text => regex(`${ignoreCase ? "(?i)" : ""}${pattern}`);
  const before = "(?:\\C*,)?[ \\t]*";
  const after = "[ \\t]*(?:,\\C*)?";
  switch (kind) {
    case "exact":
      return [within(before + literal(value) + after)];
    case "prefix":
      return [within(`${before}${literal(value)}\\C*`)];
    case "suffix":
      return [within(`\\C*${literal(value)}${after}`)];
    case "contains":
      return [contains(value, ignoreCase)];
    case "regex":
      return [within(`(?:${value})`), within(`${before}(?:${value})${after}`)];
    case "present":
      return [PRESENT];
  }
}

function exact(value: string, ignoreCase: boolean): Text {
  return { matchPattern: { case: "exact", value }, ignoreCase };
}

function prefix(value: string, ignoreCase: boolean): Text {
  return { matchPattern: { case: "prefix", value }, ignoreCase };
}

function contains(value: string, ignoreCase: boolean): Text {
  return { matchPattern: { case: "contains", value }, ignoreCase };
}
