// A sample of the cases of the RBAC property test as real requests: random intention lists, each a service of one real
// Envoy, judged as Consul's documentation says (xds/support/consul-intentions.ts).
import fc from "fast-check";
import type { Permission } from "../../src/model/gateway";
import type { ServiceSnapshot } from "../../src/runtime/snapshot/state";
import type { Authority } from "../../src/runtime/source/local/authority";
import { type External, startHttp } from "../../tools/demo/external";
import { request } from "../../tools/demo/mesh-client";
import { consulDecides, type PlainRequest } from "../runtime/xds/support/consul-intentions";
import { type Case, intentionLists } from "../runtime/xds/support/random-intentions";
import { instance, snapshot, spiffe } from "../runtime/xds/support/services";
import { describePart, realEnvoy } from "../support/real-parts";
import { type StoreGateway, startStoreGateway } from "../support/store-gateway";

const PORT = 25_400;
const SEED = 4;
const CASES = 40;

const permissionsOf = ({ intentions }: Case): readonly Permission[] =>
  intentions.flatMap(({ permissions }) => permissions ?? []);
/** Lists in which the request is what decides: there is one that would be judged the other way. */
const dependsOnRequest = (each: Case, requests: readonly PlainRequest[]): boolean =>
  new Set(requests.map((one) => consulDecides(each.intentions, each.byDefault, each.caller, one))).size === 2;

function sample(): readonly Case[] {
  const all = fc.sample(intentionLists(), { numRuns: 600, seed: SEED });
  const requests = all.slice(0, 60).map((each) => each.request);
  return all.filter((each) => dependsOnRequest(each, requests)).slice(0, CASES);
}

describePart("random intentions", realEnvoy(), (binary) => {
  const cases = sample();
  let gateway: StoreGateway;
  let external: External;
  let authority: Authority;

  beforeAll(async () => {
    external = await startHttp({ name: "external", address: "127.0.0.1", port: PORT + 1 });
    gateway = await startStoreGateway(binary, PORT);
    authority = await gateway.authority();
    const { trustDomain } = authority;
    for (const [at, { intentions, byDefault }] of cases.entries()) {
      const name = `case-${at}`;
      const service: ServiceSnapshot = {
        ...snapshot({ name, config: { protocol: "http" }, intentions, defaultAction: byDefault }),
        ...{ identity: gateway.identity, trust: authority.bundle(), instances: [instance("127.0.0.1", PORT + 1)] },
        leaf: await authority.issueLeaf({ uri: spiffe(name, { trustDomain }) }),
      };
      gateway.publish(service);
    }
    await gateway.start(authority.bundle());
  }, 60_000);
  afterAll(async () => {
    await gateway?.stop();
    await external?.close();
  });

  test("the sample has every kind of permission, and both answers", () => {
    expect(cases).toHaveLength(CASES);
    const permissions = cases.flatMap(permissionsOf);
    const headers = permissions.flatMap((each) => each.headers);
    expect(new Set(permissions.map(({ path }) => path?.kind))).toEqual(
      new Set([undefined, "exact", "prefix", "regex"]),
    );
    expect(new Set(headers.map(({ kind, invert }) => `${kind} ${invert}`)).size).toBe(6 * 2);
    expect(permissions.some(({ methods }) => methods.length > 0)).toBe(true);
    const answers = cases.map(({ intentions, byDefault, caller, request: one }) =>
      consulDecides(intentions, byDefault, caller, one),
    );
    for (const answer of ["allow", "deny"]) {
      expect(answers.filter((each) => each === answer).length).toBeGreaterThanOrEqual(10);
    }
  });

  test.each(cases.map((each, at) => [at, each] as const))("case %i is judged as Consul says", async (at, each) => {
    const { trustDomain } = authority;
    const uri = spiffe(each.caller.name, { ...each.caller, trustDomain });
    const leaf = await authority.issueLeaf({ uri });
    const caller = { cert: leaf.certPem, key: leaf.keyPem, ca: authority.bundle().roots.join("") };
    const to = { host: "127.0.0.1", port: PORT, sni: `case-${at}.default.dc1.internal.${trustDomain}` };
    // Its own request and those of its neighbours: what another list asks about is an edge of this one.
    const requests = [0, 1, 2, 3].map((next) => (cases[(at + next) % cases.length] as Case).request);
    for (const one of requests) {
      const headers = Object.entries(one.headers).map(([name, value]) => `${name}: ${value}`);
      const { status } = await request(caller, to, one.path, { method: one.method, headers });
      const wanted = consulDecides(each.intentions, each.byDefault, each.caller, one) === "allow" ? 200 : 403;
      expect([one, status]).toEqual([one, wanted]);
    }
  });
});
