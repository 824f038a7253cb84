// Scripted conversations: what waits for what, removals, children after parents, a slow reader, large pushes.
import { both, MemoryView, Talk } from "./fixture";
import { service, synced } from "./one-service";

test("changes while a response is under way are only noted; the latest state goes next", () => {
  const { view, talk } = synced();
  expect(talk.changed(view.put({ type: "endpoint", name: "a", version: "2" }))).toEqual(["endpoint +a@2"]);
  for (const version of ["3", "4"]) {
    expect(talk.changed(view.put({ type: "endpoint", name: "a", version }))).toEqual([]);
  }
  expect(talk.ack("endpoint")).toEqual(["endpoint +a@4"]);
  expect(talk.ack("endpoint")).toEqual([]);
});

test("a change that is taken back before it was sent is not sent", () => {
  const { view, talk } = synced();
  talk.changed(view.put({ type: "endpoint", name: "a", version: "2" }));
  talk.ack("endpoint");
  talk.changed(view.put({ type: "cluster", name: "to-a", version: "2" }));
  talk.changed(view.put({ type: "cluster", name: "to-a", version: "3" }));
  talk.changed(view.put({ type: "cluster", name: "to-a", version: "2" }));
  expect(talk.ack("cluster")).toEqual([]);
});

test("a changed cluster is followed by its endpoints, although they are the same, and by nothing that Envoy keeps", () => {
  const { view, talk } = synced();
  const cluster = service("a", "2")[1];
  expect(talk.changed(view.put(cluster))).toEqual(["cluster +a@2", "endpoint +a@1"]);
  for (const type of ["endpoint", "cluster"] as const) expect(talk.ack(type)).toEqual([]);
  const listener = service("a", "2")[6];
  expect(talk.changed(view.put(listener))).toEqual(["listener +in-a@2"]);
});

test("the same parent sent again takes no children along", () => {
  const { talk } = synced();
  expect(talk.ask("cluster", { subscribe: ["a"] })).toEqual(["cluster +a@1"]);
});

test("removal: the listener first, the clusters after its ACK, nothing about what Envoy forgets by itself", () => {
  const { view, talk } = synced();
  expect(talk.changed(view.drop(...service("a")))).toEqual(["listener -in-a"]);
  expect(talk.ack("listener")).toEqual(["cluster -to-a -a"]);
  expect(talk.ack("cluster")).toEqual([]);
});

test("make before break: new cluster, then the listener that moves to it, then the old cluster goes", () => {
  const { view, talk } = synced();
  const change = both(
    view.put({ type: "cluster", name: "new", version: "1" }, { type: "listener", name: "in-a", version: "2" }),
    view.drop({ type: "cluster", name: "a" }),
  );
  expect(talk.changed(change)).toEqual(["cluster +new@1"]);
  expect(talk.ack("cluster")).toEqual(["listener +in-a@2"]);
  expect(talk.ack("listener")).toEqual(["cluster -a"]);
});

test("a resource that goes and comes back while its removal waits is not removed", () => {
  const { view, talk } = synced();
  talk.changed(view.drop(...service("a")));
  talk.changed(view.put({ type: "cluster", name: "a", version: "1" }));
  expect(talk.ack("listener")).toEqual(["cluster -to-a"]);
});

test("a listener waits for the clusters of its latest change", () => {
  const { view, talk } = synced();
  talk.changed(view.put({ type: "endpoint", name: "a", version: "2" }));
  talk.changed(view.put({ type: "listener", name: "in-a", version: "2" }));
  const change = view.put(
    { type: "cluster", name: "new", version: "1" },
    { type: "listener", name: "in-a", version: "3" },
  );
  expect(talk.changed(change)).toEqual(["cluster +new@1"]);
  expect(talk.ack("endpoint")).toEqual([]);
  expect(talk.ack("cluster")).toEqual(["listener +in-a@3"]);
});

test("steady changes of one service hold up no other's listener", () => {
  const { view, talk } = synced();
  talk.changed(view.put({ type: "endpoint", name: "a", version: "2" }));
  expect(talk.changed(view.put({ type: "listener", name: "in-b", version: "1" }))).toEqual([]);
  talk.changed(view.put({ type: "endpoint", name: "a", version: "3" }));
  expect(talk.ack("endpoint")).toEqual(["endpoint +a@3", "listener +in-b@1"]);
});

test("an overdue answer holds nothing back, and counts when it comes", () => {
  const { view, talk } = synced();
  talk.changed(both(view.put({ type: "cluster", name: "slow", version: "1" }), view.put(service("b")[6])));
  const slow = talk.lastNonce("cluster");
  expect(talk.changed(view.put({ type: "cluster", name: "quick", version: "1" }))).toEqual([]);
  expect(talk.overdue("cluster")).toEqual(["cluster +quick@1", "listener +in-b@1"]);
  expect(talk.ack("cluster")).toEqual([]);
  expect(talk.ack("cluster", { nonce: slow })).toEqual([]);
  expect(talk.events.at(-1)).toEqual({ kind: "acked", type: "cluster", names: ["slow"], removed: [] });
});

test("a large first push is split by count; listeners wait for all of it", () => {
  const view = new MemoryView();
  view.put(...Array.from({ length: 4500 }, (_, at) => ({ type: "cluster", name: `c${at}`, version: "1" }) as const));
  view.put({ type: "listener", name: "in", version: "1" });
  const talk = new Talk(view);
  talk.ask("cluster");
  expect(talk.ask("listener")).toEqual([]);
  const counts = [talk.responses.at(-1)?.resources.length];
  for (let at = 0; at < 2; at += 1) {
    expect(talk.ack("cluster")).toHaveLength(1);
    counts.push(talk.responses.at(-1)?.resources.length);
  }
  expect(counts).toEqual([2000, 2000, 500]);
  expect(talk.ack("cluster")).toEqual(["listener +in@1"]);
});

test("a large first push is split by size, one that is too large goes alone", () => {
  const view = new MemoryView();
  const sizes = { a: 3_000_000, b: 1_000_000, c: 1_000_000, d: 5_000_000 };
  for (const [name, size] of Object.entries(sizes)) {
    view.put({ type: "cluster", name, version: "1", body: new Uint8Array(size) });
  }
  const talk = new Talk(view);
  expect(talk.ask("cluster")).toEqual(["cluster +a@1 +b@1"]);
  expect(talk.ack("cluster")).toEqual(["cluster +c@1"]);
  expect(talk.ack("cluster")).toEqual(["cluster +d@1"]);
});

test("secrets made from users' files go one per response, the mesh's own together", () => {
  const view = new MemoryView();
  const names = ["leaf/a", "ca/x", "intent/a", "client/y", "leaf/b"];
  view.put(...names.map((name) => ({ type: "secret", name, version: "1" }) as const));
  const talk = new Talk(view);
  expect(talk.ask("secret", { subscribe: names })).toEqual(["secret +leaf/a@1 +intent/a@1 +leaf/b@1"]);
  expect(talk.ack("secret")).toEqual(["secret +ca/x@1"]);
  expect(talk.ack("secret")).toEqual(["secret +client/y@1"]);
  expect(talk.ack("secret")).toEqual([]);
});
