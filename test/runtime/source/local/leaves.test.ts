import type { WatchEvent } from "../../../../src/runtime/snapshot/state";
import type { Authority } from "../../../../src/runtime/source/local/authority";
import { startLeaves } from "../../../../src/runtime/source/local/leaves";
import { makeFakeClock, settle } from "../support";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An authority of words: a leaf's text says its number and URI. It issues at once, or when told. */
function setUp(options: { readonly random?: number; readonly held?: boolean } = {}) {
  const clock = makeFakeClock();
  const events: WatchEvent[] = [];
  const asked: string[] = [];
  const held: (() => void)[] = [];
  let generation = 0;
  let refusal: string | undefined;
  let rotated: () => void = () => undefined;
  const authority: Authority = {
    trustDomain: "td.consul",
    bundle: () => ({ trustDomain: "td.consul", roots: [] }),
    generation: () => generation,
    async issueLeaf({ uri }) {
      asked.push(uri);
      const number = asked.length;
      if (options.held) await new Promise<void>((resolve) => held.push(resolve));
      if (refusal !== undefined) throw new Error(refusal);
      const now = clock.now();
      return { certPem: `${number} ${uri}`, keyPem: "key", notBeforeMs: now - MINUTE, notAfterMs: now + 72 * HOUR };
    },
    rotateRoot: () => Promise.reject(new Error("not here")),
    onRotated(listener) {
      rotated = () => listener({ trustDomain: "td.consul", roots: [] });
      return () => undefined;
    },
  };
  const leaves = startLeaves({
    authority,
    clock,
    random: () => options.random ?? 0,
    emit: (event) => events.push(event),
  });
  return {
    ...{ leaves, clock, events, asked, held },
    said: () =>
      events.map((event) => (event.kind === "leaf" ? event.leaf.certPem : (event as { reason: string }).reason)),
    refuse: (reason: string | undefined) => {
      refusal = reason;
    },
    rotate: () => {
      generation += 1;
      rotated();
    },
  };
}

const wishes = (...names: string[]) => names.map((service) => ({ service, uri: `uri-${service}` }));

it("issues a leaf for each service and says when it ends", async () => {
  const { leaves, events, clock } = setUp();
  leaves.want(wishes("a", "b"));
  await settle();
  const notAfterMs = clock.now() + 72 * HOUR;
  expect(events).toEqual([
    { kind: "leaf", service: "a", leaf: { certPem: "1 uri-a", keyPem: "key", notAfterMs } },
    { kind: "leaf", service: "b", leaf: { certPem: "2 uri-b", keyPem: "key", notAfterMs } },
  ]);
});

it("has few in flight and hands over each as it is ready", async () => {
  const { leaves, asked, held, said } = setUp({ held: true });
  leaves.want(wishes("a", "b", "c", "d", "e", "f"));
  await settle();
  expect(asked).toEqual(["uri-a", "uri-b", "uri-c", "uri-d"]);
  held[1]?.();
  await settle();
  expect(said()).toEqual(["2 uri-b"]);
  expect(asked).toEqual(["uri-a", "uri-b", "uri-c", "uri-d", "uri-e"]);
});

it.each([
  [0, 43.2 * HOUR],
  [1, 57.6 * HOUR],
])("renews between 60 and 80 %% of the life: random %d after %d ms", async (random, afterMs) => {
  const { leaves, said, clock } = setUp({ random });
  leaves.want(wishes("a"));
  await settle();
  await clock.advance(afterMs - 1);
  expect(said()).toEqual(["1 uri-a"]);
  await clock.advance(1);
  expect(said()).toEqual(["1 uri-a", "2 uri-a"]);
});

it("sees within a minute that the clock was set forward past the renewal", async () => {
  const { leaves, said, clock } = setUp();
  leaves.want(wishes("a"));
  await settle();
  clock.jump(100 * HOUR);
  await clock.advance(MINUTE);
  expect(said()).toEqual(["1 uri-a", "2 uri-a"]);
});

it("sees within a minute that the clock was set back before the leaf's life", async () => {
  const { leaves, said, clock } = setUp();
  leaves.want(wishes("a"));
  await settle();
  clock.jump(-5 * MINUTE);
  await clock.advance(MINUTE);
  expect(said()).toEqual(["1 uri-a", "2 uri-a"]);
});

it("leaves small corrections of the clock alone", async () => {
  const { leaves, said, clock } = setUp();
  leaves.want(wishes("a"));
  await settle();
  clock.jump(5 * MINUTE);
  await clock.advance(MINUTE);
  clock.jump(-5 * MINUTE);
  await clock.advance(10 * MINUTE);
  expect(said()).toEqual(["1 uri-a"]);
});

it("issues all anew when the root rotates, also what was in flight", async () => {
  const { leaves, said, rotate, held } = setUp({ held: true });
  leaves.want(wishes("a"));
  await settle();
  rotate();
  held[0]?.();
  await settle();
  held[1]?.();
  await settle();
  expect(said()).toEqual(["1 uri-a", "2 uri-a"]);
  rotate();
  await settle();
  held[2]?.();
  await settle();
  expect(said()).toEqual(["1 uri-a", "2 uri-a", "3 uri-a"]);
});

it("tells a failure, retries with growing waits, and recovers", async () => {
  const { leaves, said, refuse, clock, asked } = setUp({ random: 1 });
  refuse("no luck");
  leaves.want(wishes("a"));
  await settle();
  expect(said()).toEqual(["no leaf: no luck"]);
  await clock.advance(999);
  expect(asked).toHaveLength(1);
  await clock.advance(1);
  expect(asked).toHaveLength(2);
  await clock.advance(1999);
  expect(asked).toHaveLength(2);
  refuse(undefined);
  await clock.advance(1);
  expect(said()).toEqual(["no leaf: no luck", "no leaf: no luck", "3 uri-a"]);
});

it("says whether the old leaf still serves when a renewal fails", async () => {
  const { leaves, said, refuse, clock } = setUp();
  leaves.want(wishes("a"));
  await settle();
  refuse("no luck");
  await clock.advance(43.2 * HOUR);
  expect(said().at(-1)).toBe("leaf not renewed: no luck");
  await clock.advance(30 * HOUR);
  expect(said().at(-1)).toBe("leaf has expired and is not renewed: no luck");
});

it("forgets unlinked services and issues again for a changed name", async () => {
  const { leaves, said, clock, held } = setUp({ held: true });
  leaves.want(wishes("a", "b"));
  await settle();
  leaves.want([{ service: "b", uri: "uri-other" }]);
  await settle();
  for (const release of held) release();
  await settle();
  expect(said()).toEqual(["3 uri-other"]);
  leaves.stop();
  await clock.advance(200 * HOUR);
  expect(said()).toEqual(["3 uri-other"]);
});
