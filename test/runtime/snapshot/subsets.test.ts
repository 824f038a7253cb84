// Subsets in the state: they come and go with the instances, and give way to a service of the same name.
import { snapshotOf } from "../../../src/runtime/snapshot/readiness";
import { reduce } from "../../../src/runtime/snapshot/reduce";
import type { GatewayState, SubsetInstances, WatchEvent } from "../../../src/runtime/snapshot/state";
import { claimantOf } from "../../../src/runtime/snapshot/subsets";
import { apply, events, link, makePki, NOW_MS, TLS } from "./support/complete";

let all: readonly WatchEvent[];
let state: GatewayState;
beforeAll(async () => {
  all = await events(await makePki());
});
beforeEach(() => {
  state = apply(all);
});

const subset = (name: string): SubsetInstances => ({ name, instances: [] });
const told = (...subsets: SubsetInstances[]): WatchEvent => ({
  ...{ kind: "instances", service: "billing", instances: [] },
  ...(subsets.length === 0 ? {} : { subsets }),
});
const served = (): unknown => {
  const found = snapshotOf(state, "billing");
  return "ready" in found ? [found.ready.subsets.map(({ name }) => name), found.problem] : found;
};

test("a list of instances brings the whole list of subsets", () => {
  apply([told(subset("v1"), subset("v2"))], state);
  expect(served()).toEqual([["v1", "v2"], undefined]);
  apply([told(subset("v2"))], state);
  expect(served()).toEqual([["v2"], undefined]);
  apply([told()], state);
  expect(served()).toEqual([[], undefined]);
});

test("a service of a subset's name takes its place, first of all, and gives it back", () => {
  apply([told(subset("v1"), subset("v2"))], state);
  const links = (...names: string[]): WatchEvent => ({
    ...{ kind: "links", links: [link("billing", TLS), ...names.map((name) => link(name))] },
  });
  // billing is built before the service that needs its name.
  expect(reduce(state, links("v1.billing"), NOW_MS).services).toEqual(["billing", "v1.billing"]);
  expect(served()).toEqual([["v2"], 'the subset "v1" is not served: v1.billing is a service']);
  expect(reduce(state, links(), NOW_MS)).toMatchObject({ services: ["billing"], removed: ["v1.billing"] });
  expect(served()).toEqual([["v1", "v2"], undefined]);
});

test.each([
  ["web", []],
  ["v1.web", ["web"]],
  ["a.b/v1.web", ["a.b/web"]],
  ["a.b/web", []],
])("the service %s has the name of a subset of %j", (service, claimants) => {
  expect(claimantOf(service)).toEqual(claimants);
});
