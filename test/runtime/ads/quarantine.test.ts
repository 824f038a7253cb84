// Refusals: named culprits, and the search for unnamed ones.
import { child, MemoryView, Talk } from "./fixture";

const clusters = (version: string, ...names: readonly string[]) =>
  names.map((name) => ({ type: "cluster", name, version }) as const);

test("a named culprit is set aside, the rest of its response counts as applied", () => {
  const view = new MemoryView();
  view.put(...clusters("1", "a", "b", "c"));
  const talk = new Talk(view);
  talk.ask("cluster");
  const text = "Error adding/updating cluster(s) b: bad certificate";
  expect(talk.nack("cluster", text)).toEqual([]);
  expect(talk.events.at(-1)).toEqual({ kind: "nack", type: "cluster", names: ["b"], detail: text });
  expect(talk.changed({ upserted: clusters("1", "a", "b", "c"), removed: [] })).toEqual([]);
  expect(talk.changed(view.put(...clusters("2", "a", "c")))).toEqual(["cluster +a@2 +c@2"]);
  talk.ack("cluster");
  expect(talk.changed(view.put(...clusters("2", "b")))).toEqual(["cluster +b@2"]);
  expect(talk.ack("cluster")).toEqual([]);
});

test("a refused cluster holds up no listener", () => {
  const view = new MemoryView();
  view.put(...clusters("1", "a"), { type: "listener", name: "in-b", version: "1" });
  const talk = new Talk(view);
  talk.ask("cluster");
  expect(talk.ask("listener")).toEqual([]);
  expect(talk.nack("cluster", "Error adding/updating cluster(s) a: bad")).toEqual(["listener +in-b@1"]);
});

test("a refused change is answered with what was accepted before, when the client asks", () => {
  const view = new MemoryView();
  view.put(...clusters("1", "a"));
  const talk = new Talk(view);
  talk.ask("cluster");
  talk.ack("cluster");
  talk.changed(view.put(...clusters("2", "a")));
  expect(talk.nack("cluster", "Error adding/updating cluster(s) a: bad")).toEqual([]);
  expect(talk.ask("cluster", { subscribe: ["a"] })).toEqual(["cluster +a@1"]);
  talk.ack("cluster");
  expect(talk.changed(view.put(...clusters("1", "a")))).toEqual([]);
});

test("a refused cluster that goes away is not announced as removed", () => {
  const view = new MemoryView();
  view.put(...clusters("1", "a", "b"));
  const talk = new Talk(view);
  talk.ask("cluster");
  talk.nack("cluster", "Error adding/updating cluster(s) b: bad");
  expect(talk.changed(view.drop(...clusters("1", "a", "b")))).toEqual(["cluster -a"]);
});

test("after a text that was cut short the rest is offered again", () => {
  const view = new MemoryView();
  view.put(...clusters("1", "a", "b", "c"));
  const talk = new Talk(view);
  talk.ask("cluster");
  expect(talk.nack("cluster", "Error adding/updating cluster(s) a: bad...(truncated)")).toEqual(["cluster +b@1 +c@1"]);
  expect(talk.nack("cluster", "Error adding/updating cluster(s) c: bad")).toEqual([]);
});

test("without a name the halves are tried, down to the culprit", () => {
  const view = new MemoryView();
  view.put(...clusters("1", "a", "b", "c", "d", "e"));
  const talk = new Talk(view);
  talk.ask("cluster");
  const text = "Invalid duration: Expected positive duration";
  expect(talk.nack("cluster", text)).toEqual(["cluster +a@1 +b@1 +c@1"]);
  expect(talk.events.at(-1)).toEqual({ kind: "bisect", type: "cluster", count: 5, detail: text });
  expect(talk.ack("cluster")).toEqual(["cluster +d@1 +e@1"]);
  expect(talk.nack("cluster", text)).toEqual(["cluster +d@1"]);
  expect(talk.nack("cluster", text)).toEqual(["cluster +e@1"]);
  expect(talk.events.at(-1)).toEqual({ kind: "nack", type: "cluster", names: ["d"], detail: text });
  expect(talk.ack("cluster")).toEqual([]);
});

test("removals in a refused response are repeated once, by themselves never", () => {
  const view = new MemoryView();
  view.put({ type: "listener", name: "a", version: "1" });
  const talk = new Talk(view);
  talk.ask("listener");
  talk.ack("listener");
  view.put({ type: "listener", name: "b", version: "1" });
  const change = view.drop(child("listener", "a"));
  expect(talk.changed({ ...change, upserted: [child("listener", "b")] })).toEqual(["listener +b@1 -a"]);
  expect(talk.nack("listener", "no name")).toEqual(["listener -a"]);
  expect(talk.nack("listener", "no name")).toEqual([]);
});
