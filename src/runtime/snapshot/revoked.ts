// Whether a change of intentions takes access from somebody: what ends a TCP service's live connections.

import { DEFAULT_HOME, decide, type Home, type Rule, rulesOf, type Source } from "./sources";
import type { IntentionSet } from "./state";

/** Stands for everybody that no rule names: it holds blanks, which no service name does. */
const FRESH = "nobody named";

/** True when some identity, named by a source or not, was allowed before and is not after. For TCP services only. */
export function takesAccess(before: IntentionSet, after: IntentionSet, home: Home = DEFAULT_HOME): boolean {
  const old = rulesOf(before, home);
  const now = rulesOf(after, home);
  return representatives([...old, ...now]).some(
    (caller) =>
      decide(old, caller, before.defaultAction) === "allow" && decide(now, caller, after.defaultAction) === "deny",
  );
}

/** One caller of each kind that rules can tell apart. */
function representatives(rules: readonly Rule[]): readonly Source[] {
  const callers: Source[] = [{ partition: FRESH, namespace: FRESH, name: FRESH }];
  for (const partition of new Set(rules.map(({ source }) => source.partition))) {
    const within = rules.map(({ source }) => source).filter((source) => source.partition === partition);
    const namespaces = new Set(within.map(({ namespace }) => namespace).filter((each) => each !== "*"));
    for (const namespace of [...namespaces, FRESH]) {
      const names = within
        .filter((source) => source.namespace === "*" || source.namespace === namespace)
        .map(({ name }) => name)
        .filter((name) => name !== "*");
      for (const name of new Set([...names, FRESH])) callers.push({ partition, namespace, name });
    }
  }
  return callers;
}
