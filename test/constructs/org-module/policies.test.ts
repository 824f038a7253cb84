// The rules of examples/org-module, over models without any engine: what each refuses, where, and what it lets pass.

import type { Policy } from "../../../src/constructs/cdktf";
import { policyIssues } from "../../../src/model/policy";
import type { GatewayProps, ServiceProps } from "../../../src/model/props";
import { validate } from "../../../src/model/validate";

jest.mock("consul-terminating-gateway/cdktf", () => jest.requireActual("../../../src/constructs/cdktf"), {
  virtual: true,
});

import {
  forbidWildcard,
  onlyNetworks,
  requireMeta,
  requireName,
  requireTls,
} from "../../../examples/org-module/src/policies";

const TLS = { caFile: "/ca.pem", sni: "a.example.com" };
const SERVICE = { name: "a", address: "10.20.0.1", port: 443, tls: TLS };

/** Paths and findings of a policy; `late:` stands for an address that is not known yet. */
function against(policy: Policy, props: Partial<GatewayProps>): readonly string[] {
  const peek = (leaf: string): string | undefined => (leaf.startsWith("late:") ? undefined : leaf);
  const model = validate<string>({ name: "egress", datacenter: "dc1", ...props }, peek);
  if (!model.ok) throw new Error(JSON.stringify(model.error));
  return policyIssues([policy], model.value, peek).map(({ path, got }) => `${path}: ${got}`);
}

const service = (props: Partial<ServiceProps>): Partial<GatewayProps> => ({ services: [{ ...SERVICE, ...props }] });
const { tls: _tls, ...UNTOLD } = SERVICE;

test.each<[string, Policy, Partial<GatewayProps>, readonly string[]]>([
  ["TLS", requireTls(), service({}), []],
  ["plaintext", requireTls(), { services: [{ ...UNTOLD, plaintext: true }] }, ['services["a"].plaintext: no TLS']],
  [
    "TLS that verifies nobody",
    requireTls(),
    service({ tls: { insecureSkipVerify: true } }),
    ['services["a"].tls.insecureSkipVerify: true'],
  ],
  ["callers by name", forbidWildcard(), service({ allowFrom: ["web"] }), []],
  [
    "every caller denied",
    forbidWildcard(),
    service({ intentions: [{ source: "*", wildcard: true, action: "deny" }] }),
    [],
  ],
  [
    "every caller allowed",
    forbidWildcard(),
    service({ intentions: [{ source: "*", wildcard: true, action: "allow" }] }),
    ['services["a"].allowFrom: access for every caller'],
  ],
  [
    "every caller allowed for some requests",
    forbidWildcard(),
    service({
      protocol: "http",
      intentions: [{ source: "*", wildcard: true, permissions: [{ action: "allow", pathPrefix: "/v1" }] }],
    }),
    ['services["a"].allowFrom: access for every caller'],
  ],
  [
    "a wildcard service",
    forbidWildcard(),
    { services: [{ name: "*", wildcard: true, tls: { caFile: "/ca.pem" } }] },
    ['services["*"]: a wildcard service'],
  ],
  ["allowed by default", forbidWildcard(), { defaultIntention: "allow" }, ['defaultIntention: "allow"']],
  ["a name", requireName(/^egress$/, "egress"), {}, []],
  ["another name", requireName(/^egress-/, "egress-a"), {}, ['name: "egress"']],
  ["an owner", requireMeta(["owner"]), { meta: { owner: "a" } }, []],
  ["nobody", requireMeta(["owner", "team"]), { meta: { team: "" } }, ["meta.owner: nothing", "meta.team: nothing"]],
])("%s", (_what, policy, props, expected) => {
  expect(against(policy, props)).toEqual(expected);
});

test("a late leaf is there, and undefined; one that is not given is not there", () => {
  const seen: unknown[] = [];
  const policy: Policy = ({ services }) => {
    seen.push(...services.map(({ upstream }) => upstream));
    return [];
  };
  against(policy, service({ tls: { caFile: "late:ca", sni: "a.example.com" } }));
  expect(seen).toStrictEqual([{ mode: "tls", insecureSkipVerify: false, caFile: undefined, sni: "a.example.com" }]);
});

describe("networks", () => {
  const policy = onlyNetworks(["10.20.0.0/16", "2001:db8::/32"], { domains: [".example.com"] });

  test.each(["10.20.0.1", "10.20.255.255", "2001:db8::1", "a.example.com"])("%s is approved", (address) => {
    expect(against(policy, service({ address }))).toEqual([]);
  });

  test.each(["10.21.0.0", "2001:db9::1", "example.com", "a.example.com.evil.test", "badexample.com"])(
    "%s is not",
    (address) => {
      expect(against(policy, service({ address }))).toEqual([`services["a"].instances[0].address: "${address}"`]);
    },
  );

  test("a late address: refused unless said otherwise", () => {
    const late = { services: [{ ...UNTOLD, tls: TLS, address: "late:x" }] };
    expect(against(policy, late)).toEqual([
      'services["a"].instances[0].address: an address that is known only at deployment',
    ]);
    expect(against(onlyNetworks(["10.20.0.0/16"], { acceptLate: true }), late)).toEqual([]);
  });

  test("each instance is judged", () => {
    const instances = [
      { address: "10.20.0.1", port: 1 },
      { address: "192.0.2.1", port: 1 },
    ];
    const { address: _address, port: _port, ...rest } = SERVICE;
    expect(against(policy, { services: [{ ...rest, instances }] })).toEqual([
      'services["a"].instances[1].address: "192.0.2.1"',
    ]);
  });

  test.each(["10.20.0.0", "example.com/16", "10.20.0.0/33"])("%s is no network", (network) => {
    expect(() => onlyNetworks([network])).toThrow();
  });
});
