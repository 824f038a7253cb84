import fc from "fast-check";
import type { Intention } from "../../../src/model/gateway";
import { allowedUris } from "../../../src/runtime/xds/allow-list";
import { consulDecides } from "./support/consul-intentions";
import { intentionLists } from "./support/random-intentions";
import { fullMatch } from "./support/re2";
import { spiffe, TRUST_DOMAIN } from "./support/services";

const HOME = { namespace: "default", partition: "default" };

function admits(intentions: readonly Intention[], byDefault: "allow" | "deny", uri: string): boolean {
  const uris = allowedUris({ intentions, defaultAction: byDefault }, HOME, TRUST_DOMAIN);
  return uris.some((each) => fullMatch(each, uri));
}

const allow = (source: string, precedence = 9): Intention => ({ source, action: "allow", precedence });
const deny = (source: string, precedence = 9): Intention => ({ source, action: "deny", precedence });

test("the handshake admits exactly whom the intentions allow", () => {
  fc.assert(
    fc.property(intentionLists(), ({ intentions, byDefault, caller }) => {
      const wanted = consulDecides(intentions, byDefault, caller) === "allow";
      expect(admits(intentions, byDefault, spiffe(caller.name, caller))).toBe(wanted);
    }),
    { numRuns: 500 },
  );
});

test.each<[string, Intention[], "allow" | "deny", string[]]>([
  ["nobody", [], "deny", []],
  [
    "one caller",
    [allow("web")],
    "deny",
    ["^spiffe://11111111-2222-3333-4444-555555555555\\.consul/ns/default/dc/[^/]+/svc/web$"],
  ],
  [
    "several callers, in the order of their names",
    [allow("web"), allow("batch"), deny("cron"), allow("a.b")],
    "deny",
    ["^spiffe://11111111-2222-3333-4444-555555555555\\.consul/ns/default/dc/[^/]+/svc/(?:a\\.b|batch|web)$"],
  ],
  [
    "every service of the namespace but one",
    [allow("*", 8), deny("a")],
    "deny",
    ["^spiffe://11111111-2222-3333-4444-555555555555\\.consul/ns/default/dc/[^/]+/svc/(?:[^/a][^/]*|a[^/]+)$"],
  ],
  [
    "everybody",
    [],
    "allow",
    [
      "^spiffe://11111111-2222-3333-4444-555555555555\\.consul(?:/ap/(?:[^/d][^/]*|d(?:[^/e][^/]*|e(?:[^/f][^/]*|f(?:[^/a][^/]*|a(?:[^/u][^/]*|u(?:[^/l][^/]*|l(?:[^/t][^/]*|t[^/]+)?)?)?)?)?)?))?/ns/[^/]+/dc/[^/]+/svc/[^/]+$",
    ],
  ],
])("expressions for %s", (_name, intentions, defaultAction, uris) => {
  expect(allowedUris({ intentions, defaultAction }, HOME, TRUST_DOMAIN)).toEqual(uris);
});

test.each<[string, Intention[], "allow" | "deny", string, boolean]>([
  ["any datacenter", [allow("web")], "deny", spiffe("web").replace("dc1", "dc-2"), true],
  ["a longer name", [allow("web")], "deny", spiffe("website"), false],
  ["another trust domain", [], "allow", spiffe("web", { trustDomain: "other.consul" }), false],
  [
    "a trust domain that a dot would match",
    [],
    "allow",
    spiffe("web", { trustDomain: TRUST_DOMAIN.replace(".", "x") }),
    false,
  ],
  ["the default partition spelled out", [], "allow", spiffe("web").replace("/ns/", "/ap/default/ns/"), false],
  ["what is no service", [], "allow", `spiffe://${TRUST_DOMAIN}/agent/client/dc/dc1/id/node`, false],
  ["a dot in a name", [allow("a.b")], "deny", spiffe("axb"), false],
  ["an L7 intention", [{ source: "web", permissions: [], precedence: 9 }], "allow", spiffe("web"), false],
  ["a denied wildcard above an allowed name", [deny("*", 8), allow("web", 6)], "allow", spiffe("web"), false],
  ["an allowed wildcard above a denied name", [allow("*", 8), deny("web", 6)], "deny", spiffe("web"), true],
  ["a peer of the same name", [{ ...allow("web"), peer: "far" }], "deny", spiffe("web"), false],
  [
    "a namespace of its own",
    [{ ...allow("web"), namespace: "shop" }],
    "deny",
    spiffe("web", { namespace: "shop" }),
    true,
  ],
  [
    "the same name in the destination's namespace",
    [{ ...allow("web"), namespace: "shop" }],
    "deny",
    spiffe("web"),
    false,
  ],
])("%s", (_name, intentions, byDefault, uri, wanted) => {
  expect(admits(intentions, byDefault, uri)).toBe(wanted);
});
