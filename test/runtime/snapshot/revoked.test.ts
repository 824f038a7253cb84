import fc from "fast-check";
import type { Intention } from "../../../src/model/gateway";
import { takesAccess } from "../../../src/runtime/snapshot/revoked";
import { decideL4 } from "../../../src/runtime/snapshot/sources";
import { consulDecides } from "../xds/support/consul-intentions";
import { intentionLists } from "../xds/support/random-intentions";

const allow = (source: string, precedence = 9): Intention => ({ source, action: "allow", precedence });
const deny = (source: string, precedence = 9): Intention => ({ source, action: "deny", precedence });
const l7: Intention = { source: "web", permissions: [{ action: "allow", methods: [], headers: [] }], precedence: 9 };
type Set = [Intention[], "allow" | "deny"];

test.each<[string, Set, Set, boolean]>([
  ["nothing changed", [[allow("web")], "deny"], [[allow("web")], "deny"], false],
  ["a grant", [[], "deny"], [[allow("web")], "deny"], false],
  ["an intention is removed", [[allow("web")], "deny"], [[], "deny"], true],
  ["an intention is removed that the default covers", [[allow("web")], "allow"], [[], "allow"], false],
  ["a deny is added", [[], "allow"], [[deny("web")], "allow"], true],
  ["a deny is added inside an allow", [[allow("*", 8)], "deny"], [[allow("*", 8), deny("web")], "deny"], true],
  ["a deny is added where nobody was allowed", [[], "deny"], [[deny("web")], "deny"], false],
  ["the default becomes deny", [[], "allow"], [[], "deny"], true],
  ["the default becomes deny, and an allow for all comes with it", [[], "allow"], [[allow("*", 8)], "deny"], true],
  ["one is swapped for another", [[allow("web")], "deny"], [[allow("app")], "deny"], true],
  ["an allow for one becomes an allow for all", [[allow("web")], "deny"], [[allow("*", 8)], "deny"], false],
  ["an allow for all becomes an allow for one", [[allow("*", 8)], "deny"], [[allow("web")], "deny"], true],
  ["an allow gets L7 permissions, which TCP cannot judge", [[allow("web")], "deny"], [[l7], "deny"], true],
  ["a peer loses what it never had", [[{ ...allow("web"), peer: "p" }], "deny"], [[], "deny"], false],
])("%s", (_name, [before, wasDefault], [after, isDefault], takes) => {
  expect(
    takesAccess({ intentions: before, defaultAction: wasDefault }, { intentions: after, defaultAction: isDefault }),
  ).toBe(takes);
});

test("a namespace spelled out is the destination's own when it is", () => {
  const before = { intentions: [allow("web")], defaultAction: "deny" } as const;
  const after = { intentions: [{ ...allow("web"), namespace: "shop" }], defaultAction: "deny" } as const;
  expect(takesAccess(before, after, { namespace: "shop", partition: "default" })).toBe(false);
  expect(takesAccess(before, after)).toBe(true);
});

test("access is taken from whoever Consul allowed before and does not after", () => {
  fc.assert(
    fc.property(intentionLists(), intentionLists(), (one, two) => {
      const { caller } = one;
      const before = { intentions: one.intentions, defaultAction: one.byDefault };
      const after = { intentions: two.intentions, defaultAction: two.byDefault };
      const was = consulDecides(before.intentions, before.defaultAction, caller);
      const is = consulDecides(after.intentions, after.defaultAction, caller);
      expect(decideL4(before, caller)).toBe(was);
      if (was === "allow" && is === "deny") expect(takesAccess(before, after)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("a peer is never decided for", () => {
  expect(decideL4({ intentions: [allow("web")], defaultAction: "allow" }, { name: "web", peer: "p" })).toBe("deny");
});
