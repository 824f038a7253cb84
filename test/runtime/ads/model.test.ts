// Any history of changes, bad content, slow answers and reconnects: in the end the client uses what the store holds,
// listeners never come before their clusters, and nothing is sent without a cause.
import fc from "fast-check";
import type { Resource, ResourceType } from "../../../src/runtime/xds/resource";
import { EnvoyModel } from "./envoy-model";
import { child, MemoryView } from "./fixture";

const PARTS: readonly (readonly [ResourceType, string])[] = [
  ["cluster", "*"],
  ["endpoint", "*"],
  ["secret", "ca/shared"],
  ["secret", "client/*"],
  ["secret", "leaf/*"],
  ["secret", "intent/*"],
  ["extension", "rbac/*"],
  ["listener", "in-*"],
];

const childrenOf = (type: ResourceType, service: string): Resource["children"] => {
  if (type === "cluster")
    return [child("endpoint", service), child("secret", "ca/shared"), child("secret", `client/${service}`)];
  if (type !== "listener") return [];
  return [
    child("secret", `leaf/${service}`),
    child("secret", `intent/${service}`),
    child("extension", `rbac/${service}`),
  ];
};

const badSecret = (view: MemoryView, name: string): boolean =>
  view.get({ type: "secret", name })?.version.endsWith("bad") ?? false;

type Part = "keep" | "good" | "bad";
type Command =
  | { readonly kind: "put"; readonly service: string; readonly parts: readonly Part[] }
  | { readonly kind: "drop"; readonly service: string }
  | { readonly kind: "take"; readonly count: number }
  | { readonly kind: "reconnect" };

const service = fc.constantFrom("a", "b", "c");
const part = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Part>("keep") },
  { weight: 3, arbitrary: fc.constant<Part>("good") },
  { weight: 1, arbitrary: fc.constant<Part>("bad") },
);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      service,
      parts: fc.array(part, { minLength: PARTS.length, maxLength: PARTS.length }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), service }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("take" as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reconnect" as const) }) },
);

const put = (service: string, ...parts: Part[]): Command => ({ kind: "put", service, parts });
const take = (count: number): Command => ({ kind: "take", count });

/** Histories that chance finds once in some thousands, in the order of PARTS. */
const HARD: readonly Command[][] = [
  // What is put back for one secret is refused for another bad one, which was changed meanwhile.
  [
    put("c", "good", "keep", "keep", "keep", "keep", "keep", "good", "keep"),
    take(8),
    put("c", "keep", "keep", "keep", "keep", "good", "bad", "bad", "keep"),
    put("c", "keep", "good", "keep", "keep", "keep", "good", "good", "keep"),
  ],
  // A cluster changes just before the client comes back, which holds its endpoints and asks for them after the clusters.
  [
    take(2),
    put("b", "good", "keep", "good", "good", "good", "good", "good", "keep"),
    put("b", "good", "keep", "keep", "keep", "keep", "good", "good", "good"),
    take(2),
    { kind: "reconnect" },
  ],
];

function run(commands: readonly Command[]): { view: MemoryView; envoy: EnvoyModel } {
  const view = new MemoryView();
  const envoy = new EnvoyModel(view);
  let versions = 0;
  for (const next of commands) {
    if (next.kind === "take") for (let at = 0; at < next.count; at += 1) envoy.take();
    else if (next.kind === "reconnect") envoy.reconnect();
    else {
      const refs = PARTS.map(([type, pattern]) => ({ type, name: pattern.replace("*", next.service) }));
      const change =
        next.kind === "drop"
          ? view.drop(...refs.filter((ref) => ref.name !== "ca/shared" && view.get(ref) !== undefined))
          : view.put(
              ...refs.flatMap((ref, at) => {
                if (next.parts[at] === "keep" && view.get(ref) !== undefined) return [];
                versions += 1;
                const version = `v${versions}${next.parts[at] === "bad" ? "bad" : ""}`;
                return [{ ...ref, version, children: childrenOf(ref.type, next.service) }];
              }),
            );
      envoy.tell((talk) => talk.changed(change));
    }
  }
  for (let at = 0; envoy.busy; at += 1) {
    if (at > 2000) throw new Error("the conversation does not end");
    envoy.take();
  }
  return { view, envoy };
}

test("the client ends with what the store holds, bad content aside", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      const { view, envoy } = run(commands);
      for (const type of ["cluster", "listener"] as const) {
        const stale = [...envoy.parents[type].keys()].filter((name) => view.get({ type, name }) === undefined);
        expect(stale).toEqual([]);
      }
      // A secret that shares a consumer with a bad one cannot be judged: shared ones reach everybody once all are good.
      const secretsGood = [...view.names("secret")].every((name) => !badSecret(view, name));
      for (const name of ["a", "b", "c"]) {
        const resources = PARTS.map(([type, pattern]) => view.get({ type, name: pattern.replace("*", name) }));
        if (resources.some((resource) => resource === undefined)) continue;
        const whole = resources.flatMap((resource) => resource ?? []);
        const healthy = secretsGood && whole.every(({ version }) => !version.endsWith("bad"));
        for (const { type, name, version } of whole) {
          if (version.endsWith("bad")) expect(envoy.uses(type, name)).not.toBe(version);
          else if (healthy || type === "cluster" || type === "listener") {
            expect([type, name, envoy.uses(type, name)]).toEqual([type, name, version]);
            if (healthy) expect([type, name, envoy.needs(type, name)]).toEqual([type, name, false]);
          }
        }
      }
    }),
    { numRuns: 400, examples: HARD.map((commands) => [commands]) },
  );
});

test("without bad content and reconnects a listener never comes before its cluster, and responses are few", () => {
  const calm = command.filter(
    (next) => next.kind !== "reconnect" && (next.kind !== "put" || !next.parts.includes("bad")),
  );
  fc.assert(
    fc.property(fc.array(calm, { maxLength: 30 }), (commands) => {
      const { envoy } = run(commands);
      expect(envoy.orderFaults).toEqual([]);
      // First answers and, for each change, at most: one per type, user-made secrets apart, children after parents.
      const changes = commands.filter(({ kind }) => kind === "put" || kind === "drop").length;
      expect(envoy.responses).toBeLessThanOrEqual(2 + 12 * changes);
    }),
    { numRuns: 300 },
  );
});
