import type { Resource, ResourceType } from "../../../src/runtime/xds/resource";
import { ResourceStore } from "../../../src/runtime/xds/store";

function resource(type: ResourceType, name: string, version = "1"): Resource {
  return { type, name, version, body: new Uint8Array(), children: [] };
}

test("a first set is upserted, an equal one is no change", () => {
  const store = new ResourceStore();
  const resources = [resource("cluster", "a"), resource("secret", "a")];
  expect(store.replace("svc", resources)).toEqual({
    upserted: [
      { type: "cluster", name: "a" },
      { type: "secret", name: "a" },
    ],
    removed: [],
  });
  expect(store.replace("svc", [resource("cluster", "a"), resource("secret", "a")])).toEqual({
    upserted: [],
    removed: [],
  });
});

test("only what differs changes, and what is left out is removed", () => {
  const store = new ResourceStore();
  store.replace("svc", [resource("cluster", "a"), resource("cluster", "b"), resource("endpoint", "a")]);
  expect(
    store.replace("svc", [resource("cluster", "a", "2"), resource("cluster", "b"), resource("secret", "c")]),
  ).toEqual({
    upserted: [
      { type: "cluster", name: "a" },
      { type: "secret", name: "c" },
    ],
    removed: [{ type: "endpoint", name: "a" }],
  });
  expect(store.get({ type: "cluster", name: "a" })?.version).toBe("2");
  expect(store.get({ type: "endpoint", name: "a" })).toBeUndefined();
});

test("an owner's resources go with it and nobody else's", () => {
  const store = new ResourceStore();
  store.replace("one", [resource("cluster", "a")]);
  store.replace("two", [resource("cluster", "b")]);
  expect(store.remove("one")).toEqual({ upserted: [], removed: [{ type: "cluster", name: "a" }] });
  expect(store.remove("one")).toEqual({ upserted: [], removed: [] });
  expect([...store.names("cluster")]).toEqual(["b"]);
  expect([store.owns("one"), store.owns("two")]).toEqual([false, true]);
  expect(store.ownerOf({ type: "cluster", name: "b" })).toBe("two");
  expect(store.ownerOf({ type: "listener", name: "b" })).toBeUndefined();
});

test("nobody takes another owner's name, and a refused set changes nothing", () => {
  const store = new ResourceStore();
  store.replace("one", [resource("cluster", "a")]);
  expect(store.conflict("two", [resource("cluster", "a")])).toBe("cluster a belongs to one, not two");
  expect(store.conflict("one", [resource("cluster", "a"), resource("cluster", "b")])).toBeUndefined();
  expect(() => store.replace("two", [resource("cluster", "z"), resource("cluster", "a")])).toThrow(
    "cluster a belongs to one, not two",
  );
  expect([...store.names("cluster")]).toEqual(["a"]);
  expect(store.owns("two")).toBe(false);
});
