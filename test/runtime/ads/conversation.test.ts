// Scripted conversations: first sync, reconnect, resubscribe, wildcard, unsubscribe, stale nonce.
import type { Memory } from "../../../src/runtime/ads/memory";
import { TYPE_URLS } from "../../../src/runtime/xds/resource";
import { envoyNode, MemoryView, Talk } from "./fixture";
import { service, synced } from "./one-service";

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

test("reconnect: only differences, of every type", () => {
  const view = new MemoryView();
  view.put(...service("a"), { type: "cluster", name: "b", version: "2" });
  const talk = new Talk(view);
  expect(talk.ask("cluster", { subscribe: ["*"], held: { "to-a": "1", a: "1", b: "1" } })).toEqual(["cluster +b@2"]);
  expect(talk.ask("endpoint", { subscribe: ["a"], held: { a: "1" } })).toEqual([]);
  const secrets = { subscribe: ["leaf/a", "ca/a"], held: { "leaf/a": "0", "ca/a": "1" } };
  expect(talk.ask("secret", secrets)).toEqual(["secret +leaf/a@1"]);
  expect(talk.ask("extension", { subscribe: ["rbac/a"], held: { "rbac/a": "1" } })).toEqual([]);
  expect(talk.ask("listener", { held: { "in-a": "1" } })).toEqual([]);
});

test("reconnect: a parent that changed meanwhile takes all its children along, as another release may have sent the old one", () => {
  const view = new MemoryView();
  view.put(...service("a"), ...service("a", "2").filter(({ type }) => type === "cluster" || type === "listener"));
  const talk = new Talk(view);
  talk.ask("endpoint", { subscribe: ["a"], held: { a: "1" } });
  talk.ask("secret", { subscribe: ["leaf/a", "ca/a"], held: { "leaf/a": "1", "ca/a": "1" } });
  talk.ask("extension", { subscribe: ["rbac/a"], held: { "rbac/a": "1" } });
  const clusters = talk.ask("cluster", { held: { "to-a": "1", a: "1" } });
  expect(clusters).toEqual(["cluster +to-a@2 +a@2", "endpoint +a@1", "secret +ca/a@1"]);
  for (const type of ["endpoint", "secret", "cluster"] as const) talk.ack(type);
  const listener = talk.ask("listener", { held: { "in-a": "1" } });
  expect(listener).toEqual(["listener +in-a@2", "secret +leaf/a@1", "extension +rbac/a@1"]);
});

test("reconnect: what a changed cluster still waits for is sent, although the client holds that version", () => {
  const view = new MemoryView();
  const memory: Memory = new Map();
  view.put(...service("a"));
  const first = new Talk(view, envoyNode(40), memory);
  first.ask("cluster", { held: { "to-a": "1", a: "1" } });
  first.ask("endpoint", { subscribe: ["a"], held: { a: "1" } });
  expect(first.changed(view.put(service("a", "2")[1]))).toEqual(["cluster +a@2", "endpoint +a@1"]);
  const second = new Talk(view, envoyNode(40), memory);
  expect(second.ask("cluster", { held: { "to-a": "1", a: "2" } })).toEqual([]);
  expect(second.ask("endpoint", { subscribe: ["a"], held: { a: "1" } })).toEqual(["endpoint +a@1"]);
  second.ack("endpoint");
  const third = new Talk(view, envoyNode(40), memory);
  expect(third.ask("endpoint", { subscribe: ["a"], held: { a: "1" } })).toEqual([]);
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

test("a client keeps what it holds of an earlier server until the view is complete", () => {
  const view = new MemoryView();
  view.put({ type: "cluster", name: "a", version: "1" }, { type: "cluster", name: "gone", version: "1" });
  const talk = new Talk(view, envoyNode(40), new Map(), false);
  const held = { a: "1", b: "1", c: "1", gone: "1" };
  expect(talk.ask("cluster", { subscribe: ["*"], held })).toEqual([]);
  expect(talk.ask("listener", { held: { "in-b": "1", "in-c": "1" } })).toEqual([]);
  // What comes is sent, and what is taken away by word is removed, as ever.
  expect(talk.changed(view.put({ type: "cluster", name: "b", version: "2" }))).toEqual(["cluster +b@2"]);
  expect(talk.ack("cluster")).toEqual([]);
  expect(talk.changed(view.drop({ type: "cluster", name: "gone" }))).toEqual(["cluster -gone"]);
  expect(talk.ack("cluster")).toEqual([]);
  expect(talk.changed(view.put({ type: "listener", name: "in-b", version: "1" }))).toEqual([]);
  expect(talk.complete()).toEqual(["listener -in-c"]);
  expect(talk.ack("listener")).toEqual(["cluster -c"]);
});

test("a client that comes when the view is complete is told at once", () => {
  const talk = new Talk(new MemoryView(), envoyNode(40), new Map(), false);
  expect(talk.complete()).toEqual([]);
  expect(talk.ask("listener", { held: { "in-a": "1" } })).toEqual(["listener -in-a"]);
});

test("a secret unsubscribed while under way is not taken for held", () => {
  const { view, talk } = synced();
  talk.changed(view.put({ type: "secret", name: "leaf/a", version: "2" }));
  talk.ack("secret", { unsubscribe: ["leaf/a"] });
  expect(talk.ask("secret", { subscribe: ["leaf/a"] })).toEqual(["secret +leaf/a@2"]);
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
