// Scripted conversations: first sync, reconnect, resubscribe, wildcard, unsubscribe, order, removal, stale nonce, split.
import { TYPE_URLS } from "../../../src/runtime/xds/resource";
import { both, child, envoyNode, MemoryView, Talk } from "./fixture";

/** One service as the builders make it, every resource at one version. */
function service(name: string, version = "1") {
  return [
    { type: "cluster", name: `to-${name}`, version },
    { type: "cluster", name, version, children: [child("endpoint", name), child("secret", `ca/${name}`)] },
    { type: "endpoint", name, version },
    { type: "secret", name: `leaf/${name}`, version },
    { type: "secret", name: `ca/${name}`, version },
    { type: "extension", name: `rbac/${name}`, version },
    {
      type: "listener",
      name: `in-${name}`,
      version,
      children: [child("secret", `leaf/${name}`), child("extension", `rbac/${name}`)],
    },
  ] as const;
}

/** A client that holds one service, all ACKed. */
function synced(): { view: MemoryView; talk: Talk } {
  const view = new MemoryView();
  view.put(...service("a"));
  const talk = new Talk(view);
  talk.ask("cluster");
  talk.ask("endpoint", { subscribe: ["a"] });
  talk.ask("secret", { subscribe: ["ca/a"] });
  for (const type of ["endpoint", "secret", "cluster"] as const) talk.ack(type);
  talk.ask("listener");
  talk.ask("secret", { subscribe: ["leaf/a"] });
  talk.ask("extension", { subscribe: ["rbac/a"] });
  for (const type of ["listener", "secret", "extension"] as const) expect(talk.ack(type)).toEqual([]);
  return { view, talk };
}

test("first sync: a cluster's children flow while its ACK is withheld, listeners come last", () => {
  const view = new MemoryView();
  view.put(...service("a"));
  const talk = new Talk(view);
  expect(talk.ask("cluster")).toEqual(["cluster +to-a@1 +a@1"]);
  expect(talk.ask("endpoint", { subscribe: ["a"] })).toEqual(["endpoint +a@1"]);
  expect(talk.ask("secret", { subscribe: ["ca/a"] })).toEqual(["secret +ca/a@1"]);
  expect(talk.ask("listener")).toEqual([]);
  expect(talk.ack("endpoint")).toEqual([]);
  expect(talk.ack("secret")).toEqual([]);
  expect(talk.ack("cluster")).toEqual(["listener +in-a@1"]);
  expect(talk.ask("secret", { subscribe: ["leaf/a"] })).toEqual(["secret +leaf/a@1"]);
  expect(talk.ask("extension", { subscribe: ["rbac/a"] })).toEqual(["extension +rbac/a@1"]);
  for (const type of ["extension", "secret", "listener"] as const) expect(talk.ack(type)).toEqual([]);
  expect(talk.events[0]).toEqual({ kind: "connected", node: "gw", envoy: { major: 1, minor: 40, patch: 0 } });
  expect(talk.events[1]).toEqual({ kind: "acked", type: "endpoint", names: ["a"], removed: [] });
});

test("a store without resources is answered, or Envoy would not start", () => {
  const talk = new Talk(new MemoryView());
  expect(talk.ask("cluster")).toEqual(["cluster"]);
  expect(talk.ack("cluster")).toEqual([]);
  expect(talk.ask("listener")).toEqual(["listener"]);
  expect(talk.ask("secret")).toEqual([]);
});

test("reconnect: only differences of clusters and listeners; children are sent whatever the client claims", () => {
  const view = new MemoryView();
  view.put(...service("a"), { type: "cluster", name: "b", version: "2" });
  const talk = new Talk(view);
  expect(talk.ask("cluster", { subscribe: ["*"], held: { "to-a": "1", a: "1", b: "1" } })).toEqual(["cluster +b@2"]);
  expect(talk.ask("endpoint", { subscribe: ["a"], held: { a: "1" } })).toEqual(["endpoint +a@1"]);
  expect(talk.ask("secret", { subscribe: ["leaf/a"], held: { "leaf/a": "1" } })).toEqual(["secret +leaf/a@1"]);
  expect(talk.ask("extension", { subscribe: ["rbac/a"], held: { "rbac/a": "1" } })).toEqual(["extension +rbac/a@1"]);
  expect(talk.ask("listener", { held: { "in-a": "1" } })).toEqual([]);
});

test("reconnect with nothing new: no word about clusters and listeners", () => {
  const view = new MemoryView();
  view.put({ type: "cluster", name: "a", version: "1" });
  expect(new Talk(view).ask("cluster", { held: { a: "1" } })).toEqual([]);
});

test("reconnect: what no longer exists is removed, the listener before its cluster", () => {
  const talk = new Talk(new MemoryView());
  expect(talk.ask("cluster", { held: { a: "1" } })).toEqual([]);
  expect(talk.ask("listener", { held: { "in-a": "1" } })).toEqual(["listener -in-a"]);
  expect(talk.ack("listener")).toEqual(["cluster -a"]);
});

test("a resubscription is answered with the version that the client holds", () => {
  const { talk } = synced();
  expect(talk.ask("secret", { subscribe: ["leaf/a"] })).toEqual(["secret +leaf/a@1"]);
  talk.ack("secret");
  expect(talk.ask("cluster", { subscribe: ["a"] })).toEqual(["cluster +a@1"]);
});

test("a wildcard asked for again is answered in full", () => {
  const { talk } = synced();
  expect(talk.ask("cluster", { subscribe: ["*"] })).toEqual(["cluster +to-a@1 +a@1"]);
});

test("missing: a cluster asked for by name is named as removed, a secret comes when it exists", () => {
  const { view, talk } = synced();
  expect(talk.ask("cluster", { subscribe: ["nowhere"] })).toEqual(["cluster -nowhere"]);
  expect(talk.ask("secret", { subscribe: ["leaf/late"] })).toEqual([]);
  expect(talk.changed(view.put({ type: "secret", name: "leaf/late", version: "1" }))).toEqual(["secret +leaf/late@1"]);
});

test("unsubscribe: no more updates, no answer; under a wildcard the resource or its removal", () => {
  const { view, talk } = synced();
  expect(talk.ask("secret", { unsubscribe: ["leaf/a", "never/asked"] })).toEqual([]);
  expect(talk.changed(view.put({ type: "secret", name: "leaf/a", version: "2" }))).toEqual([]);
  expect(talk.ask("cluster", { subscribe: ["a", "gone"] })).toEqual(["cluster +a@1"]);
  expect(talk.ack("cluster")).toEqual(["cluster -gone"]);
  talk.ack("cluster");
  expect(talk.ask("cluster", { unsubscribe: ["a"] })).toEqual(["cluster +a@1"]);
  talk.ack("cluster");
  expect(talk.ask("cluster", { unsubscribe: ["gone"] })).toEqual(["cluster -gone"]);
});

test("a secret unsubscribed while under way is not taken for held", () => {
  const { view, talk } = synced();
  talk.changed(view.put({ type: "secret", name: "leaf/a", version: "2" }));
  talk.ack("secret", { unsubscribe: ["leaf/a"] });
  expect(talk.ask("secret", { subscribe: ["leaf/a"] })).toEqual(["secret +leaf/a@2"]);
});

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

test("a change of a parent is followed by its children, although they are the same", () => {
  const { view, talk } = synced();
  const cluster = service("a", "2")[1];
  expect(talk.changed(view.put(cluster))).toEqual(["cluster +a@2", "endpoint +a@1", "secret +ca/a@1"]);
  for (const type of ["endpoint", "secret", "cluster"] as const) expect(talk.ack(type)).toEqual([]);
  const listener = service("a", "2")[6];
  expect(talk.changed(view.put(listener))).toEqual(["listener +in-a@2", "secret +leaf/a@1", "extension +rbac/a@1"]);
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

test("a stale nonce voids the ACK; the subscriptions beside it count", () => {
  const { view, talk } = synced();
  talk.changed(
    view.put({ type: "secret", name: "leaf/a", version: "2" }, { type: "secret", name: "leaf/b", version: "1" }),
  );
  expect(talk.ack("secret", { nonce: "stale", subscribe: ["leaf/b"] })).toEqual([]);
  expect(talk.events.at(-1)).not.toMatchObject({ kind: "acked", names: ["leaf/a"] });
  expect(talk.ack("secret")).toEqual(["secret +leaf/b@1"]);
});

test("types that we do not serve are ignored", () => {
  const talk = new Talk(new MemoryView());
  const request = { typeUrl: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", node: envoyNode(40) };
  expect(talk.input({ kind: "request", request }).map(({ kind }) => kind)).toEqual(["event"]);
  expect(talk.input({ kind: "request", request: { typeUrl: TYPE_URLS.cluster } })).toHaveLength(1);
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
