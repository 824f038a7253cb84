// Fields and rules of intentions, their L7 permissions and header conditions.

import type { HeaderProps, IntentionProps, PermissionProps } from "../props";
import { HEADER_NAME, METHOD, PATH, SOURCE_NAME, SOURCE_NAMESPACE } from "./names";
import { type Check, type Draft, join, listOf, object, optional, type Reading, report, required } from "./reading";
import { regexProblem } from "./regex";
import { ANY_TEXT, bool, oneOf, type TextRule, text } from "./scalars";

const ACTION = oneOf(["allow", "deny"]);

const MATCHERS = ["present", "exact", "prefix", "suffix", "contains", "regex"] as const;
const PATHS = ["pathExact", "pathPrefix", "pathRegex"] as const;

/** Consul takes an empty text for an absent one. */
const HEADER_VALUE: TextRule = {
  allowed: "a text that is not empty, on one line",
  hint: "to ask for any value write present: true",
  test: (each) => each !== "" && ANY_TEXT.test(each),
};

const REGEX: Check<string> = (value, path, reading) => {
  const read = text(HEADER_VALUE)(value, path, reading);
  const problem = read === undefined ? undefined : regexProblem(read);
  if (problem === undefined) return read;
  const allowed = "an RE2 regular expression";
  report(reading, { path, got: "one that Envoy would refuse", allowed, hint: problem });
  return undefined;
};

/** Consul's rule: it would drop neither, but answer 500. */
function headerRules(draft: Draft<HeaderProps>, path: string, reading: Reading, given: ReadonlySet<string>): void {
  const kinds = MATCHERS.filter((key) => given.has(key));
  if (kinds.length !== 1) {
    const got = kinds.length === 0 ? "none of them" : kinds.join(" and ");
    const hint = "write one condition; several headers entries must all match";
    report(reading, { path, got, allowed: `exactly one of ${MATCHERS.join(", ")}`, hint });
  }
  if (draft.present === false) {
    const hint = "for a header that must be absent write present: true, invert: true";
    report(reading, { path: join(path, "present"), got: "false", allowed: "true", hint });
  }
  if (draft.ignoreCase === true && (kinds.includes("present") || kinds.includes("regex"))) {
    const hint = "in a regular expression write (?i)";
    const allowed = "ignoreCase with exact, prefix, suffix or contains";
    report(reading, { path: join(path, "ignoreCase"), got: "true", allowed, hint });
  }
}

const HEADER = object<HeaderProps>(
  {
    name: required(text(HEADER_NAME)),
    present: optional(bool),
    exact: optional(text(HEADER_VALUE)),
    prefix: optional(text(HEADER_VALUE)),
    suffix: optional(text(HEADER_VALUE)),
    contains: optional(text(HEADER_VALUE)),
    regex: optional(REGEX),
    ignoreCase: optional(bool),
    invert: optional(bool),
  },
  { rules: headerRules, strict: true },
);

function permissionRules(
  draft: Draft<PermissionProps>,
  path: string,
  reading: Reading,
  given: ReadonlySet<string>,
): void {
  const paths = PATHS.filter((key) => given.has(key));
  if (paths.length > 1) {
    const hint = "write one permission for each path";
    report(reading, { path, got: paths.join(" and "), allowed: `at most one of ${PATHS.join(", ")}`, hint });
  }
  const seen = new Set<string>();
  (draft.methods ?? []).forEach((method, index) => {
    const key = method?.toUpperCase() ?? "";
    if (method !== undefined && seen.has(key)) {
      const hint = "remove the repetition, which Consul refuses";
      report(reading, { path: `${path}.methods[${index}]`, got: `"${key}" again`, allowed: "each method once", hint });
    }
    seen.add(key);
  });
}

const PERMISSION = object<PermissionProps>(
  {
    action: required(ACTION),
    pathExact: optional(text(PATH)),
    pathPrefix: optional(text(PATH)),
    pathRegex: optional(REGEX),
    methods: optional(listOf(text(METHOD))),
    headers: optional(listOf(HEADER)),
  },
  { rules: permissionRules, strict: true },
);

function intentionRules(
  draft: Draft<IntentionProps>,
  path: string,
  reading: Reading,
  given: ReadonlySet<string>,
): void {
  wildcardRule({ isAny: draft.source === "*", known: draft.source !== undefined, said: draft.wildcard }, path, reading);
  if (draft.namespace === "*" && draft.source !== undefined && draft.source !== "*") {
    const hint = "Consul knows a name in every namespace only as *";
    report(reading, { path: join(path, "namespace"), got: '"*"', allowed: "* together with source *", hint });
  }
  if (given.has("action") && given.has("permissions")) {
    const hint = "with permissions the first that matches decides, and a request that none matches is refused";
    report(reading, { path, got: "action and permissions", allowed: "one of the two", hint });
  }
  if (draft.permissions?.length === 0) {
    const hint = "leave it out and write an action";
    report(reading, {
      path: join(path, "permissions"),
      got: "an empty list",
      allowed: "at least one permission",
      hint,
    });
  }
}

export interface Wildcard {
  readonly isAny: boolean;
  readonly known: boolean;
  readonly said: boolean | undefined;
}

/** `*` only together with `wildcard: true`: a star that slipped in must not open everything. */
export function wildcardRule({ isAny, known, said }: Wildcard, path: string, reading: Reading): void {
  if (!known || isAny === (said === true)) return;
  const hint = isAny ? "add wildcard: true if you mean every service" : "write * or remove wildcard";
  const got = isAny ? '"*" without wildcard: true' : "wildcard: true with a single name";
  report(reading, { path: join(path, "wildcard"), got, allowed: "* and wildcard: true together", hint });
}

export const INTENTION = object<IntentionProps>(
  {
    source: required(text(SOURCE_NAME)),
    namespace: optional(text(SOURCE_NAMESPACE)),
    wildcard: optional(bool),
    action: optional(ACTION),
    permissions: optional(listOf(PERMISSION)),
    description: optional(text()),
  },
  { rules: intentionRules, strict: true },
);
