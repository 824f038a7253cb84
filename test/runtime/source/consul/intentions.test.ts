// Intentions from a scripted server: whose refusal it is, what is read again, and a server that forgot some of them.

import { systemClock } from "../../../../src/runtime/ports";
import type { WatchEvent } from "../../../../src/runtime/snapshot/state";
import { makeConsulHttp } from "../../../../src/runtime/source/consul/http";
import { type Intentions, startIntentions } from "../../../../src/runtime/source/consul/intentions";
import { addressOf } from "../../../support/consul-events";
import { type FakeConsul, type FakeRequest, startFakeConsul } from "../../../support/consul-fake";
import { makeLog, until } from "../support";

const PORT = 21_230;
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Row {
  readonly SourceName: string;
  readonly DestinationName: string;
  readonly Action: string;
  readonly Precedence: number;
}

const row = (SourceName: string, DestinationName: string, Action: string, Precedence = 9): Row => ({
  ...{ SourceName, DestinationName, Action, Precedence },
});

interface Seen {
  readonly intentions: Intentions;
  readonly events: WatchEvent[];
  readonly fake: FakeConsul;
  /** The list changes: who waits for it is answered. */
  wake(rows: readonly Row[]): void;
  /** Names of each match call. */
  matches(): readonly string[][];
}

async function start(options: {
  readonly rows: readonly Row[];
  readonly refused?: string;
  readonly match?: (name: string, rows: readonly Row[]) => readonly Row[];
  readonly allowed?: boolean;
}): Promise<Seen> {
  let rows = options.rows;
  let index = 5;
  let waiting: () => void = () => undefined;
  const { match = (name, all) => all.filter((each) => each.DestinationName === name || each.DestinationName === "*") } =
    options;
  const answer = async ({ path, params }: FakeRequest) => {
    if (path === "/v1/connect/intentions") {
      if (params.get("index") === String(index)) await new Promise<void>((resolve) => (waiting = resolve));
      return { index, body: rows };
    }
    if (path === "/v1/connect/intentions/check") return { body: { Allowed: options.allowed ?? false } };
    const names = params.getAll("name");
    if (names.includes(options.refused ?? "")) return { status: 403, text: "Permission denied" };
    return { body: Object.fromEntries(names.map((name) => [name, match(name, rows)])) };
  };
  const fake = await startFakeConsul(PORT, answer);
  const ports = { clock: systemClock, random: Math.random, log: makeLog() };
  const http = makeConsulHttp({ addresses: [addressOf(fake.address)], token: () => undefined }, ports);
  const events: WatchEvent[] = [];
  const emit = (event: WatchEvent) => void events.push(event);
  const intentions = startIntentions({ ...ports, http, emit, enterprise: false });
  stops.push(fake.stop, http.close, intentions.stop);
  return {
    ...{ intentions, events, fake },
    wake(next) {
      rows = next;
      index += 1;
      waiting();
    },
    matches: () =>
      fake.requests.filter(({ path }) => path.endsWith("/match")).map(({ params }) => params.getAll("name")),
  };
}

const told = ({ events }: Seen): string[] =>
  events.map((event) => {
    if (event.kind === "problem") return `${"service" in event.of ? event.of.service : ""}: ${event.reason}`;
    if (event.kind !== "intentions") return event.kind;
    const { intentions, defaultAction } = event.set;
    return `${event.service}: ${intentions.map(({ source, action }) => `${source} ${action}`).join(", ")} / ${defaultAction}`;
  });

test("one refused service does not hide the others", async () => {
  const seen = await start({ rows: [row("web", "b", "allow")], refused: "c" });
  seen.intentions.want(["a", "b", "c", "d", "e"]);
  await until(
    () => seen.events.length >= 5,
    () => told(seen),
  );
  expect(told(seen).sort()).toEqual([
    "a:  / deny",
    "b: web allow / deny",
    'c: intentions refused, token lacks intentions:read on "c"',
    "d:  / deny",
    "e:  / deny",
  ]);
});

test("only what changed is read again; a wildcard changes everybody", async () => {
  const seen = await start({ rows: [] });
  seen.intentions.want(["a", "b"]);
  await until(() => seen.events.length === 2);
  seen.wake([row("web", "b", "allow")]);
  await until(() => seen.events.length === 3);
  seen.wake([row("web", "b", "allow"), row("*", "*", "deny", 5)]);
  await until(() => seen.events.length === 5);
  expect(told(seen).slice(2)).toEqual(["b: web allow / deny", "a: * deny / deny", "b: web allow, * deny / deny"]);
  expect(seen.matches().filter((names) => names.length === 2)).toEqual([
    ["a", "b"],
    ["a", "b"],
  ]);
});

test("a match that lacks what the list shows is not believed", async () => {
  let forgets = true;
  const seen = await start({
    rows: [row("rogue", "a", "deny")],
    allowed: true,
    match: (_name, rows) => (forgets ? [] : rows),
  });
  seen.intentions.want(["a"]);
  await until(() => seen.matches().length >= 2);
  expect(told(seen)).toEqual([]);
  forgets = false;
  await until(() => seen.events.length === 1);
  expect(told(seen)).toEqual(["a: rogue deny / allow"]);
});

test("a wildcard that comes while the default is asked for proves nothing", async () => {
  let reads = 0;
  // The second look, after the check, sees the wildcard that made the server say yes.
  const seen = await start({
    rows: [],
    allowed: true,
    match: (name) => (reads++ === 0 ? [] : [row("*", name, "allow", 8)]),
  });
  seen.intentions.want(["a"]);
  await until(() => seen.events.length === 1);
  expect(told(seen)).toEqual(["a:  / deny"]);
});
