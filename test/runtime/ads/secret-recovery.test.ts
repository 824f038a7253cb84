// Recovery from a refused secret: what was good is put back, what was refused beside it goes again with changed bytes.
import { fromBinary } from "@bufbuild/protobuf";
import type { Memory } from "../../../src/runtime/ads/memory";
import { SecretSchema } from "../../../src/runtime/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import { child, envoyNode, MemoryView, Talk } from "./fixture";

const clusters = (version: string, ...names: readonly string[]) =>
  names.map((name) => ({ type: "cluster", name, version }) as const);
const secrets = (version: string, ...names: readonly string[]) =>
  names.map((name) => ({ type: "secret", name, version }) as const);
const BAD_KEY = "Failed to load private key from <inline>, Cause: error:0b000074:KEY_VALUES_MISMATCH";

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
  // Service a is at fault: each secret back to what was good, then each alone.
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +leaf/a@1"]);
  expect(talk.ack("secret")).toEqual(["secret +intent/a@1"]);
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
  expect(talk.nack("secret", BAD_KEY)).toEqual(["secret +leaf/a@1"]);
  expect(talk.ack("secret")).toEqual(["secret +intent/a@1"]);
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
