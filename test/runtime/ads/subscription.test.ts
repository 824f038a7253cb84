// The subscription value, one rule of the protocol after the other.
import { applySubscription, isSubscribed, makeSubscription } from "../../../src/runtime/ads/subscription";

const lists = (subscribe: readonly string[], unsubscribe: readonly string[] = []) => ({ subscribe, unsubscribe });

test("an empty first request means everything, for clusters and listeners", () => {
  const subscription = makeSubscription();
  expect(applySubscription(subscription, "cluster", lists([]))).toEqual({
    first: true,
    wildcard: true,
    answer: [],
    dropped: [],
  });
  expect(isSubscribed(subscription, "any")).toBe(true);
});

test.each(["endpoint", "secret", "extension"] as const)("an empty first request means nothing, for %s", (type) => {
  const subscription = makeSubscription();
  expect(applySubscription(subscription, type, lists([])).wildcard).toBe(false);
  expect(isSubscribed(subscription, "any")).toBe(false);
});

test("an empty later request changes nothing", () => {
  const subscription = makeSubscription();
  applySubscription(subscription, "cluster", lists(["a"]));
  expect(applySubscription(subscription, "cluster", lists([]))).toEqual({
    first: false,
    wildcard: false,
    answer: [],
    dropped: [],
  });
  expect(isSubscribed(subscription, "b")).toBe(false);
});

test("a name asked for later keeps the wildcard; only unsubscribing from * ends it", () => {
  const subscription = makeSubscription();
  applySubscription(subscription, "cluster", lists([]));
  expect(applySubscription(subscription, "cluster", lists(["a"])).answer).toEqual(["a"]);
  expect(isSubscribed(subscription, "b")).toBe(true);
  applySubscription(subscription, "cluster", lists([], ["*"]));
  expect(isSubscribed(subscription, "a")).toBe(true);
  expect(isSubscribed(subscription, "b")).toBe(false);
});

test("* works beside names and for every type", () => {
  const subscription = makeSubscription();
  expect(applySubscription(subscription, "secret", lists(["*", "a"]))).toEqual({
    first: true,
    wildcard: true,
    answer: ["a"],
    dropped: [],
  });
});

test("a name asked for again is answered again", () => {
  const subscription = makeSubscription();
  applySubscription(subscription, "secret", lists(["a"]));
  expect(applySubscription(subscription, "secret", lists(["a"])).answer).toEqual(["a"]);
});

test("unsubscribing drops a name, or has it answered when the wildcard covers it", () => {
  const plain = makeSubscription();
  applySubscription(plain, "secret", lists(["a", "b"]));
  expect(applySubscription(plain, "secret", lists([], ["a"]))).toMatchObject({ answer: [], dropped: ["a"] });
  const wild = makeSubscription();
  applySubscription(wild, "cluster", lists(["*", "a"]));
  expect(applySubscription(wild, "cluster", lists([], ["a"]))).toMatchObject({ answer: ["a"], dropped: [] });
});

test("unsubscribing from what was never asked for is legal", () => {
  const subscription = makeSubscription();
  applySubscription(subscription, "secret", lists(["a"]));
  expect(applySubscription(subscription, "secret", lists([], ["z"]))).toMatchObject({ answer: [], dropped: [] });
});

test("a name in both lists stays subscribed and is answered", () => {
  const subscription = makeSubscription();
  applySubscription(subscription, "secret", lists(["a"]));
  expect(applySubscription(subscription, "secret", lists(["a"], ["a"]))).toMatchObject({ answer: ["a"], dropped: [] });
  expect(isSubscribed(subscription, "a")).toBe(true);
});
