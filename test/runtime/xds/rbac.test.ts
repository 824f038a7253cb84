import type { JsonObject } from "@bufbuild/protobuf";
import fc from "fast-check";
import type { Intention, Permission } from "../../../src/model/gateway";
import { buildService } from "../../../src/runtime/xds/build";
import { serviceNames } from "../../../src/runtime/xds/names";
import { meshIdentityExtension, rbacExtension } from "../../../src/runtime/xds/rbac";
import type { Resource } from "../../../src/runtime/xds/resource";
import { resourceJson } from "../../support/static-bootstrap";
import { consulDecides } from "./support/consul-intentions";
import { judge, type Request } from "./support/envoy-rbac";
import { intentionLists } from "./support/random-intentions";
import { fullMatch } from "./support/re2";
import { headerMatch, permission, snapshot, spiffe, TRUST, TRUST_DOMAIN } from "./support/services";

type Protocol = "tcp" | "http";

function rbac(
  protocol: "http",
  intentions: readonly Intention[],
  defaultAction: "allow" | "deny" = "deny",
): JsonObject {
  const service = snapshot({ config: { protocol }, intentions, defaultAction });
  return resourceJson(rbacExtension(service, serviceNames("billing", "dc1", TRUST_DOMAIN)));
}

interface Admitted {
  readonly matchTypedSubjectAltNames?: readonly {
    readonly matcher: { readonly safeRegex: { readonly regex: string } };
  }[];
  readonly verifyCertificateHash?: readonly string[];
}

/**
 * A TCP service: the handshake admits a certificate of which any URI matches any name of the list; then the RBAC filter,
 * which is the same for all services, judges the connection.
 */
function admits(intentions: readonly Intention[], defaultAction: "allow" | "deny", uris: string[]): "allow" | "deny" {
  const built = buildService(snapshot({ config: { protocol: "tcp" }, intentions, defaultAction }));
  if ("problem" in built) throw new Error(built.problem);
  const jsonOf = (name: string): JsonObject =>
    resourceJson(built.resources.find((each) => each.name === name) as Resource);
  const { matchTypedSubjectAltNames: sans, ...others } = jsonOf("intent/billing").validationContext as Admitted;
  if (sans === undefined) {
    // Without a list of names a certificate would be admitted by its hash, which none of these has.
    expect(others).toEqual({ verifyCertificateHash: ["0".repeat(64)] });
    return "deny";
  }
  const handshake = uris.some((uri) => sans.some(({ matcher }) => fullMatch(matcher.safeRegex.regex, uri)));
  return handshake ? judge(resourceJson(meshIdentityExtension(TRUST)), { uris }) : "deny";
}

describe("against Consul's documented evaluation", () => {
  test("TCP", () => {
    fc.assert(
      fc.property(intentionLists(), ({ intentions, byDefault, caller }) => {
        const wanted = consulDecides(intentions, byDefault, caller);
        expect(admits(intentions, byDefault, [spiffe(caller.name, caller)])).toBe(wanted);
      }),
      { numRuns: 500 },
    );
  });

  test("HTTP", () => {
    fc.assert(
      fc.property(intentionLists(), ({ intentions, byDefault, caller, request }) => {
        const { path, method, headers } = request;
        const sent: Request = { uris: [spiffe(caller.name, caller)], path, method, headers: Object.entries(headers) };
        const wanted = consulDecides(intentions, byDefault, caller, request);
        expect(judge(rbac("http", intentions, byDefault), sent)).toBe(wanted);
      }),
      { numRuns: 1000 },
    );
  });
});

describe.each<Protocol>(["tcp", "http"])("callers of a %s service", (protocol) => {
  const anybody: Intention = { source: "*", action: "allow", precedence: 8 };
  const rogue: Intention = { source: "rogue", action: "deny", precedence: 9 };
  test.each<[string, Intention[], "allow" | "deny", string[], "allow" | "deny"]>([
    ["no intention", [], "deny", [spiffe("web")], "deny"],
    ["nobody", [], "allow", [], "deny"],
    [
      "two names, of which one is allowed",
      [{ ...anybody, source: "web" }],
      "deny",
      [spiffe("rogue"), spiffe("web")],
      "deny",
    ],
    ["two names, of which one is denied, by default", [rogue], "allow", [spiffe("rogue"), spiffe("web")], "deny"],
    ["another trust domain", [anybody], "allow", [spiffe("web", { trustDomain: "x.consul" })], "deny"],
    ["an agent", [anybody], "allow", [`spiffe://${TRUST_DOMAIN}/agent/client/dc/dc1/id/n`], "deny"],
    ["deny inside allow", [anybody, rogue], "deny", [spiffe("rogue")], "deny"],
    ["next to deny inside allow", [anybody, rogue], "deny", [spiffe("rogue2")], "allow"],
  ])("%s", (_name, intentions, byDefault, uris, wanted) => {
    const decision =
      protocol === "tcp" ? admits(intentions, byDefault, uris) : judge(rbac(protocol, intentions, byDefault), { uris });
    expect(decision).toBe(wanted);
  });
});

describe("headers that are sent more than once, or as a list", () => {
  const rest = permission("allow");
  const allow = (...args: Parameters<typeof headerMatch>): Permission[] => [
    permission("allow", { headers: [headerMatch(...args)] }),
  ];
  const deny = (...args: Parameters<typeof headerMatch>): Permission[] => [
    permission("deny", { headers: [headerMatch(...args)] }),
    rest,
  ];
  const invert = { invert: true };
  test.each<[string, Permission[], string[], "allow" | "deny"]>([
    ["exact allow, once", allow("exact", "admin"), ["admin"], "allow"],
    ["exact allow, a second line", allow("exact", "admin"), ["admin", "user"], "deny"],
    ["exact allow, as a list", allow("exact", "admin"), ["admin, user"], "deny"],
    ["exact deny, the second line", deny("exact", "bad"), ["ok", "bad"], "deny"],
    ["exact deny, within a list", deny("exact", "bad"), ["ok, bad , x"], "deny"],
    ["exact deny, as part of a word", deny("exact", "bad"), ["notbad"], "allow"],
    ["exact deny, other case", deny("exact", "bad", { ignoreCase: true }), ["x, BAD"], "deny"],
    ["prefix allow, a second line", allow("prefix", "adm"), ["admin", "user"], "deny"],
    ["prefix allow, a list with blanks", allow("prefix", "text/"), ["text/html, */*"], "allow"],
    ["prefix deny, the second line", deny("prefix", "ba"), ["ok", "bad"], "deny"],
    ["suffix allow, a line before", allow("suffix", "min"), ["user", "admin"], "deny"],
    ["suffix deny, the first line", deny("suffix", "ad"), ["bad", "ok"], "deny"],
    ["contains allow, a second line", allow("contains", "dmi"), ["admin", "user"], "deny"],
    ["regex allow, a second line", allow("regex", "adm.*"), ["admin", "user"], "deny"],
    ["regex deny, the second line", deny("regex", "b.d"), ["ok", "bad"], "deny"],
    ["inverted allow, a forbidden second line", allow("exact", "bad", invert), ["ok", "bad"], "deny"],
    ["inverted allow, absent", allow("exact", "bad", invert), [], "deny"],
    ["inverted deny, a second line", deny("exact", "need", invert), ["need", "x"], "deny"],
    ["inverted deny, absent", deny("exact", "need", invert), [], "deny"],
    ["inverted deny, satisfied", deny("exact", "need", invert), ["need"], "allow"],
    ["a value with expression characters", deny("exact", "a.b"), ["axb"], "allow"],
    ["present", allow("present", ""), ["", ""], "allow"],
    ["absent", allow("present", "", invert), [], "allow"],
    ["absent is wanted, it is there", allow("present", "", invert), [""], "deny"],
  ])("%s", (_name, permissions, lines, wanted) => {
    const extension = rbac("http", [{ source: "web", permissions, precedence: 9 }]);
    const headers = lines.map((value): [string, string] => ["x-h", value]);
    expect(judge(extension, { uris: [spiffe("web")], headers })).toBe(wanted);
  });
});

test("an expression that denies also denies what it cannot read", () => {
  const permissions = [permission("deny", { headers: [headerMatch("regex", "b.d")] }), permission("allow")];
  const json = JSON.stringify(rbac("http", [{ source: "web", permissions, precedence: 9 }]));
  expect(json).toContain('{"notMatcher":{"singlePredicate":{"input":{"name":"header"');
  expect(json).toContain('"regex":"(?s).*"');
});
