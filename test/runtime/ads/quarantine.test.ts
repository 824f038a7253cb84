// Refusals: named culprits, the search for unnamed ones, and recovery from a refused secret.
import { fromBinary } from "@bufbuild/protobuf";
import type { Memory } from "../../../src/runtime/ads/memory";
import { SecretSchema } from "../../../src/runtime/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import { child, envoyNode, MemoryView, Talk } from "./fixture";

const clusters = (version: string, ...names: readonly string[]) =>
  names.map((name) => ({ type: "cluster", name, version }) as const);
const secrets = (version: string, ...names: readonly string[]) =>
  names.map((name) => ({ type: "secret", name, version }) as const);
const BAD_KEY = "Failed to load private key from <inline>, Cause: error:0b000074:KEY_VALUES_MISMATCH";

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

/** Two services whose internal listeners use a leaf and an intent secret each; all secrets ACKed. */
function twoServices(): { view: MemoryView; talk: Talk } {
  const view = new MemoryView();
  for (const name of ["a", "b"]) {
    const children = [child("secret", `leaf/${name}`), child("secret", `intent/${name}`)];
    view.put({ type: "listener", name: `in-${name}`, version: "1", children });
  }
  view.put(...secrets("1", "leaf/a", "intent/a", "leaf/b", "intent/b"));
  const talk = new Talk(view);
  talk.ask("secret", { subscribe: ["leaf/a", "intent/a", "leaf/b", "intent/b"] });
  talk.ack("secret");
  return { view, talk };
}

test("one bad leaf: the last good one is put back, its consumer's other secrets are sent with changed bytes", () => {
  const { view, talk } = twoServices();
  expect(talk.changed(view.put(...secrets("2", "leaf/a")))).toEqual(["secret +leaf/a@2"]);
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +leaf/a@1"]);
  expect(talk.events.at(-1)).toEqual({ kind: "nack", type: "secret", names: ["leaf/a"], detail: BAD_KEY });
  expect(talk.ack("secret")).toEqual(["secret +intent/a@1+1"]);
  const resent = talk.responses.at(-1)?.resources[0];
  const { type } = fromBinary(SecretSchema, resent?.body ?? new Uint8Array());
  expect(type.case === "validationContext" && type.value.trustedCa?.specifier.value).toEqual(
    new TextEncoder().encode("PEM of intent/a 1\n\n"),
  );
  expect(talk.ack("secret")).toEqual([]);
  // The next rotation reaches everybody, the refused leaf stays aside.
  expect(talk.changed(view.put(...secrets("2", "intent/a", "intent/b")))).toEqual(["secret +intent/a@2 +intent/b@2"]);
  expect(talk.ack("secret")).toEqual([]);
  expect(talk.ask("secret", { subscribe: ["leaf/a"] })).toEqual(["secret +leaf/a@1"]);
});

test("a repaired leaf goes out, and its consumer's other secrets once more", () => {
  const { view, talk } = twoServices();
  talk.changed(view.put(...secrets("2", "leaf/a")));
  talk.nack("secret", BAD_KEY);
  talk.ack("secret");
  talk.ack("secret");
  expect(talk.changed(view.put(...secrets("3", "leaf/a")))).toEqual(["secret +leaf/a@3"]);
  expect(talk.ack("secret")).toEqual(["secret +intent/a@1+2"]);
  expect(talk.ack("secret")).toEqual([]);
});

test("one bad leaf among many: what was refused with it is sent again with changed bytes, service by service", () => {
  const { view, talk } = twoServices();
  const next = view.put(...secrets("2", "leaf/a", "intent/a", "leaf/b", "intent/b"));
  expect(talk.changed(next)).toEqual(["secret +leaf/a@2 +intent/a@2 +leaf/b@2 +intent/b@2"]);
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +leaf/a@2+1 +intent/a@2+1"]);
  // Service a is at fault: both secrets back to what was good, then each alone.
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +leaf/a@1 +intent/a@1"]);
  expect(talk.ack("secret")).toEqual(["secret +leaf/a@2+2"]);
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +leaf/a@1"]);
  expect(talk.ack("secret")).toEqual(["secret +intent/a@2+2"]);
  expect(talk.ack("secret")).toEqual(["secret +leaf/b@2+1 +intent/b@2+1"]);
  expect(talk.ack("secret")).toEqual([]);
});

test("a secret that is refused when put back is left alone", () => {
  const { view, talk } = twoServices();
  talk.changed(view.put(...secrets("2", "leaf/a")));
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +leaf/a@1"]);
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +intent/a@1+1"]);
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +intent/a@1"]);
  expect(talk.nack("secret", BAD_KEY)).toEqual([]);
});

test("a client that comes back is not offered again what it refused", () => {
  const view = new MemoryView();
  const memory: Memory = new Map();
  view.put(...secrets("1", "leaf/a", "leaf/b"), ...clusters("1", "a"));
  const first = new Talk(view, envoyNode(40), memory);
  first.ask("secret", { subscribe: ["leaf/a", "leaf/b"] });
  first.ack("secret");
  first.changed(view.put(...secrets("2", "leaf/a")));
  first.nack("secret", BAD_KEY);
  first.ask("cluster");
  first.nack("cluster", "Error adding/updating cluster(s) a: bad");
  const second = new Talk(view, envoyNode(40), memory);
  expect(second.ask("secret", { subscribe: ["leaf/a", "leaf/b"] })).toEqual(["secret +leaf/a@1 +leaf/b@1"]);
  expect(second.ask("cluster")).toEqual(["cluster"]);
  const other = new Talk(view, { ...envoyNode(40), id: "other" }, memory);
  expect(other.ask("cluster")).toEqual(["cluster +a@1"]);
});

test("two bad secrets of one consumer are each refused once, and not offered in turn", () => {
  const { view, talk } = twoServices();
  expect(talk.changed(view.put(...secrets("2", "leaf/a", "intent/a")))).toEqual(["secret +leaf/a@2 +intent/a@2"]);
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +leaf/a@1 +intent/a@1"]);
  expect(talk.ack("secret")).toEqual(["secret +leaf/a@2+1"]);
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +leaf/a@1"]);
  expect(talk.ack("secret")).toEqual(["secret +intent/a@2+1"]);
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +intent/a@1"]);
  expect(talk.ack("secret")).toEqual([]);
});

test("a secret refused beside a bad one that nothing could be put back for goes again when the bad one is gone", () => {
  const view = new MemoryView();
  const uses = (name: string) => ({
    type: "cluster" as const,
    name,
    version: "1",
    children: [child("secret", "ca/x"), child("secret", `client/${name}`)],
  });
  view.put(uses("a"), uses("b"), ...secrets("1", "ca/x", "client/a", "client/b"));
  const talk = new Talk(view);
  talk.ask("secret", { subscribe: ["ca/x", "client/a", "client/b"] });
  talk.ack("secret");
  talk.nack("secret", BAD_KEY);
  talk.ack("secret");
  talk.ack("secret");
  expect(talk.changed(view.put(...secrets("2", "ca/x")))).toEqual(["secret +ca/x@2"]);
  talk.nack("secret", BAD_KEY);
  while (talk.ack("secret").length > 0);
  view.drop(child("cluster", "a"), child("secret", "client/a"));
  expect(talk.ask("secret", { unsubscribe: ["client/a"] })).toEqual(["secret +ca/x@2+1"]);
});
