// Last good state on disk: what Consul told is kept (0600, leaf keys are in it), and stands in for a Consul that is away.

import type { StateDir } from "../../persist";
import type { Cancel, Clock, Logger } from "../../ports";
import type { WatchEvent } from "../../snapshot/state";
import { makeSaver } from "../saver";
import { decodeKept, encodeKept, inOrder, isKept, type Kept, type KeptEvent, keep, slotOf } from "./last-good-events";

/** Leaves are most of it and change seldom. */
const FILES = { facts: "last-good.json", leaves: "last-good-leaves.json" } as const;
type Part = keyof typeof FILES;
/** Who may connect and to what: on disk soon, so that a restart does not bring back what was taken away. */
const SOON_MS = 1_000;
/** Health and renewed leaves: a little old is good enough, and thousands of services write megabytes. */
const LATER_MS = 15_000;

export interface LastGood {
  /** Of an earlier life; undefined where there was none. */
  readonly datacenter: string | undefined;
  /** Milliseconds since 1970; of an earlier life. */
  readonly savedAtMs: number | undefined;
  /** Consul told this. */
  note(event: WatchEvent): void;
  /** What an earlier life was told and Consul has not told since, in an order that can be replayed. */
  missing(): readonly KeptEvent[];
  /** Writes what is not on disk yet; resolves when it is or has failed. */
  close(): Promise<void>;
}

export interface LastGoodOptions {
  readonly state: StateDir;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A broken file is logged and starts from nothing. */
export async function openLastGood({ state, clock, log }: LastGoodOptions): Promise<LastGood> {
  const [before, leaves] = await Promise.all([readKept(state, "facts", log), readKept(state, "leaves", log)]);
  const slots = new Map<string, KeptEvent>();
  for (const event of [...(before?.events ?? []), ...(leaves?.events ?? [])]) slots.set(slotOf(event), event);
  const told = new Set<string>();
  let datacenter = before?.datacenter;
  const due: Record<Part, { ms: number; cancel: Cancel }> = { facts: never(), leaves: never() };
  const saver = makeSaver(state, log, "last good state not saved");

  const write = (part: Part): void => {
    due[part].cancel();
    due[part] = never();
    saver.save(FILES[part], () => {
      const events = inOrder([...slots.values()].filter((event) => partOf(event) === part));
      const kept: Kept = { datacenter: datacenter ?? "", savedAtMs: clock.now(), events };
      return encodeKept(kept);
    });
  };

  const saveWithin = (part: Part, ms: number): void => {
    const at = clock.now() + ms;
    if (at >= due[part].ms) return;
    due[part].cancel();
    due[part] = { ms: at, cancel: clock.setTimer(ms, () => write(part)) };
  };

  return {
    datacenter: before?.datacenter,
    savedAtMs: before?.savedAtMs,
    note(event) {
      if (event.kind === "identity") datacenter = event.identity.datacenter;
      if (!isKept(event)) return;
      const slot = slotOf(event);
      told.add(slot);
      if (JSON.stringify(slots.get(slot)) === JSON.stringify(event)) return;
      const count = slots.size;
      keep(slots, event);
      saveWithin(partOf(event), ["roots", "links", "intentions"].includes(event.kind) ? SOON_MS : LATER_MS);
      // A key that is no longer used does not stay on disk.
      if (slots.size < count) saveWithin("leaves", LATER_MS);
    },
    missing: () => inOrder([...slots].filter(([slot]) => !told.has(slot)).map(([, event]) => event)),
    async close() {
      for (const part of ["facts", "leaves"] as const) if (due[part].ms !== never().ms) write(part);
      await saver.flush();
    },
  };
}

function partOf(event: KeptEvent): Part {
  return event.kind === "leaf" ? "leaves" : "facts";
}

function never(): { ms: number; cancel: Cancel } {
  return { ms: Number.POSITIVE_INFINITY, cancel: () => undefined };
}

async function readKept(state: StateDir, part: Part, log: Logger): Promise<Kept | undefined> {
  try {
    return decodeKept(await state.readJson(FILES[part]));
  } catch (error) {
    log.warn("last good state not read", { reason: (error as Error).message });
    return undefined;
  }
}
