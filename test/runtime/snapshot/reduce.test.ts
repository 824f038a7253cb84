import { CLEAN, makeState, materialName, reduce } from "../../../src/runtime/snapshot/reduce";
import type { GatewayState, IntentionSet, ServiceState, WatchEvent } from "../../../src/runtime/snapshot/state";
import { wanted, wantedMaterials } from "../../../src/runtime/snapshot/wanted";
import {
  apply,
  CA_KEY,
  CONFIG,
  events,
  HOUR_MS,
  IDENTITY,
  link,
  makePki,
  NOW_MS,
  type Pki,
  TLS,
} from "./support/complete";

let pki: Pki;
let all: readonly WatchEvent[];
let state: GatewayState;
beforeAll(async () => {
  pki = await makePki();
  all = await events(pki);
});
beforeEach(() => {
  state = apply(all);
});

const billing = (): ServiceState => state.services.get("billing") as ServiceState;
const set = (...allowed: string[]): IntentionSet => ({
  intentions: allowed.map((source) => ({ source, action: "allow", precedence: 9 })),
  defaultAction: "deny",
});

test("each answer dirties its own service", () => {
  expect(reduce(state, { kind: "instances", service: "billing", instances: [] }, NOW_MS)).toEqual({
    ...CLEAN,
    services: ["billing"],
  });
  expect(reduce(state, { kind: "config", service: "billing", config: CONFIG }, NOW_MS)).toEqual({
    ...CLEAN,
    services: ["billing"],
  });
});

test("why a leaf is not renewed stays told when it is looked at again; a new leaf ends it", () => {
  const leaf = all.find(({ kind }) => kind === "leaf") as WatchEvent;
  reduce(state, { kind: "problem", of: { kind: "leaf", service: "billing" }, reason: "away" }, NOW_MS);
  // Consul's options of the gateway were late.
  state.identity = { at: "waiting" };
  reduce(state, { kind: "identity", identity: IDENTITY }, NOW_MS);
  expect([billing().leaf.at, billing().leaf.problem]).toEqual(["here", "away"]);
  reduce(state, leaf, NOW_MS);
  expect(billing().leaf.problem).toBeUndefined();
});

test("identity and roots dirty everything", () => {
  apply([{ kind: "links", links: [link("billing", TLS), link("other")] }], state);
  expect(reduce(state, { kind: "roots", bundle: pki.bundle }, NOW_MS)).toEqual({
    ...CLEAN,
    services: ["billing", "other"],
    gateway: true,
  });
  const identity = { ...IDENTITY, binds: [] };
  expect(reduce(state, { kind: "identity", identity }, NOW_MS)).toEqual({
    ...CLEAN,
    services: ["billing", "other"],
    gateway: true,
  });
});

test("late answers about what nobody uses any more change nothing", async () => {
  reduce(state, { kind: "links", links: [] }, NOW_MS);
  const late: WatchEvent[] = [
    ...all.filter((event) => "service" in event),
    {
      kind: "material",
      key: { kind: "ca", caFile: "/other.pem" },
      material: { kind: "ca", pem: pki.bundle.roots.join(""), notAfterMs: 0 },
    },
    { kind: "problem", of: { kind: "leaf", service: "billing" }, reason: "x" },
    { kind: "problem", of: { kind: "material", material: { kind: "ca", caFile: "/other.pem" } }, reason: "x" },
  ];
  for (const event of late) expect(reduce(state, event, NOW_MS)).toEqual(CLEAN);
  expect(state.services.size).toBe(0);
});

describe("links", () => {
  test("the list is complete: who is missing is removed, who is unchanged is not dirty", () => {
    const links = [link("billing", TLS), link("new")];
    expect(reduce(state, { kind: "links", links }, NOW_MS)).toEqual({ ...CLEAN, services: ["new"] });
    expect(reduce(state, { kind: "links", links: [link("new")] }, NOW_MS)).toEqual({ ...CLEAN, removed: ["billing"] });
  });

  test("a changed link keeps every answer, the file that it still uses included", () => {
    const changed = link("billing", { ...TLS, sni: "a.b" });
    expect(reduce(state, { kind: "links", links: [changed] }, NOW_MS)).toEqual({ ...CLEAN, services: ["billing"] });
    expect(billing()).toMatchObject({ link: changed, leaf: { at: "here" }, instances: { at: "here" } });
    expect(state.materials.get(materialName(CA_KEY))).toMatchObject({ at: "here" });
  });

  test("a link that flaps finds its file's content again; one that stays away does not", () => {
    reduce(state, { kind: "links", links: [] }, NOW_MS);
    const dirty = reduce(state, { kind: "links", links: [link("billing", TLS)] }, NOW_MS);
    expect(dirty).toEqual({ ...CLEAN, services: ["billing"], materials: [CA_KEY] });
    reduce(state, { kind: "links", links: [] }, NOW_MS);
    reduce(state, { kind: "links", links: [] }, NOW_MS);
    expect(state.materials.size).toBe(0);
  });

  test("a good list clears the problem of a failed one", () => {
    reduce(state, { kind: "problem", of: { kind: "links" }, reason: "away" }, NOW_MS);
    expect(state.linksProblem).toBe("away");
    expect(reduce(state, { kind: "links", links: [link("billing", TLS)] }, NOW_MS).services).toEqual(["billing"]);
    expect(state.linksProblem).toBeUndefined();
  });
});

test("a problem keeps the last good value; the same one again dirties nothing", () => {
  const { value } = billing().intentions as { value: IntentionSet };
  const event: WatchEvent = { kind: "problem", of: { kind: "intentions", service: "billing" }, reason: "away" };
  expect(reduce(state, event, NOW_MS)).toEqual({ ...CLEAN, services: ["billing"] });
  expect(billing().intentions).toEqual({ at: "here", value, problem: "away" });
  const roots: WatchEvent = { kind: "problem", of: { kind: "roots" }, reason: "away" };
  expect(reduce(state, roots, NOW_MS).services).toEqual(["billing"]);
  expect(reduce(state, roots, NOW_MS)).toEqual(CLEAN);
  expect(state.roots).toMatchObject({ at: "here", problem: "away" });
});

describe("leaves", () => {
  test("a bad one is a problem and the last good one stays", async () => {
    const good = billing().leaf;
    reduce(state, { kind: "leaf", service: "billing", leaf: await pki.leaf("web") }, NOW_MS);
    expect(billing().leaf).toEqual({ ...good, problem: expect.stringContaining("leaf: it names URI:spiffe://") });
    const next = await pki.leaf("billing");
    reduce(state, { kind: "leaf", service: "billing", leaf: next }, NOW_MS);
    expect(billing().leaf).toEqual({ at: "here", value: next });
  });

  test("one that comes before the roots is checked when they come", async () => {
    const early = (leaf: string): GatewayState => {
      const order = [...all.filter(({ kind }) => kind !== "roots" && kind !== "leaf")];
      const waits = apply(order);
      return apply(
        [
          { kind: "leaf", service: "billing", leaf: leaf === "billing" ? right : wrong },
          { kind: "roots", bundle: pki.bundle },
        ],
        waits,
      );
    };
    const [right, wrong] = [await pki.leaf("billing"), await pki.leaf("web")];
    expect(early("billing").services.get("billing")?.leaf).toEqual({ at: "here", value: right });
    expect(early("web").services.get("billing")?.leaf).toMatchObject({ at: "waiting", problem: expect.any(String) });
  });

  test("after a move to another datacenter the old one names somebody else", () => {
    reduce(state, { kind: "identity", identity: { ...IDENTITY, datacenter: "dc2" } }, NOW_MS);
    expect(billing().leaf).toMatchObject({ at: "waiting", problem: expect.stringContaining("/dc/dc2/svc/billing") });
  });

  test("new roots of the same trust domain keep it: its successor is on its way", async () => {
    const other = await makePki();
    reduce(state, { kind: "roots", bundle: other.bundle }, NOW_MS);
    expect(billing().leaf.at).toBe("here");
  });
});

describe("files", () => {
  const pem = (): string => pki.bundle.roots.join("");
  test("a rotation is one secret and touches no service", () => {
    const event: WatchEvent = {
      kind: "material",
      key: CA_KEY,
      material: { kind: "ca", pem: pem() + pem(), notAfterMs: 1 },
    };
    expect(reduce(state, event, NOW_MS)).toEqual({ ...CLEAN, materials: [CA_KEY] });
  });

  test("bad content is a problem of its users, good content ends it", () => {
    const name = materialName(CA_KEY);
    const good = state.materials.get(name);
    const bad: WatchEvent = { kind: "material", key: CA_KEY, material: { kind: "ca", pem: "", notAfterMs: 0 } };
    expect(reduce(state, bad, NOW_MS)).toEqual({ ...CLEAN, services: ["billing"] });
    expect(state.materials.get(name)).toEqual({ ...good, problem: "CA bundle: there is no certificate in it" });
    const mended: WatchEvent = { kind: "material", key: CA_KEY, material: { kind: "ca", pem: pem(), notAfterMs: 0 } };
    expect(reduce(state, mended, NOW_MS)).toEqual({ ...CLEAN, services: ["billing"], materials: [CA_KEY] });
  });

  test("what expired by now is refused", () => {
    const event: WatchEvent = { kind: "material", key: CA_KEY, material: { kind: "ca", pem: pem(), notAfterMs: 0 } };
    reduce(state, event, NOW_MS + 2000 * HOUR_MS);
    expect(state.materials.get(materialName(CA_KEY))).toMatchObject({
      problem: expect.stringContaining("has expired"),
    });
  });
});

describe("revocations", () => {
  const intend = (next: IntentionSet): boolean =>
    reduce(state, { kind: "intentions", service: "billing", set: next }, NOW_MS).revoked;
  const configure = (change: Partial<typeof CONFIG>): void => {
    reduce(state, { kind: "config", service: "billing", config: { ...CONFIG, ...change } }, NOW_MS);
  };

  test("taking access away counts, granting it does not", () => {
    expect(intend(set("web", "app"))).toBe(false);
    expect(billing().revocations).toBe(0);
    expect(intend(set("app"))).toBe(true);
    expect(billing().revocations).toBe(1);
    expect(intend({ intentions: [], defaultAction: "allow" })).toBe(false);
    expect(intend({ intentions: [], defaultAction: "deny" })).toBe(true);
    expect(billing().revocations).toBe(2);
  });

  test.each<[string, Partial<typeof CONFIG>]>([
    ["an HTTP service, whose requests are judged one by one", { protocol: "http" }],
    ["a service that keeps its connections", { onRevoke: "keep" }],
  ])("nothing counts for %s", (_name, config) => {
    configure(config);
    expect(intend(set())).toBe(false);
    expect(billing().revocations).toBe(0);
  });

  test("a service goes on counting from an earlier life", () => {
    state = apply(all, makeState({ billing: 7 }));
    expect(billing().revocations).toBe(7);
    expect(intend(set())).toBe(true);
    expect(billing().revocations).toBe(8);
  });
});

test("what is wanted", () => {
  expect(wantedMaterials(state)).toEqual([CA_KEY]);
  expect(wanted(state)).toEqual([
    { kind: "identity" },
    { kind: "roots" },
    { kind: "links" },
    { kind: "instances", service: "billing" },
    { kind: "intentions", service: "billing" },
    { kind: "config", service: "billing" },
    { kind: "leaf", service: "billing" },
    { kind: "material", material: CA_KEY },
  ]);
});

test("a client certificate is wanted with its key, and no CA where nothing is verified", () => {
  const upstream = { mode: "tls", caFile: "/ca", certFile: "/c", keyFile: "/k", insecureSkipVerify: true } as const;
  reduce(state, { kind: "links", links: [link("billing", upstream)] }, NOW_MS);
  expect(wantedMaterials(state)).toEqual([{ kind: "client", certFile: "/c", keyFile: "/k" }]);
});
