// What the status says of a service's past: when what is served of it changed, and what Envoy refused of it.
import { ServiceHistory } from "../../src/runtime/service-history";

test("changes and refusals are counted for the service that owns the resource", () => {
  const owners = new Map([
    ["in-a", "a"],
    ["to-a", "a"],
    ["to-b", "b"],
  ]);
  const history = new ServiceHistory(({ name }) => owners.get(name));
  const ref = (name: string) => ({ type: "cluster", name }) as const;
  history.published({ upserted: [ref("to-a"), ref("in-a"), ref("nobody's")], removed: [ref("to-b")] }, 1_000);
  history.refused([ref("to-b"), ref("nobody's")], "first");
  history.refused([ref("to-b"), ref("in-a")], "second");
  expect(history.of("a")).toEqual({ changedAtMs: 1_000, nacks: 1, lastNack: "second" });
  expect(history.of("b")).toEqual({ nacks: 2, lastNack: "second" });
  expect(history.of("c")).toEqual({});
});
