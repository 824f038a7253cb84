// Last good state on disk: what Consul told is kept (0600, leaf keys are in it), and stands in for a Consul that is away.

import type { StateDir } from "../../persist";
import type { Cancel, Clock, Logger } from "../../ports";
import type { WatchEvent } from "../../snapshot/state";
import { decodeKept, encodeKept, inOrder, isKept, type Kept, type KeptEvent, keep, slotOf } from "./last-good-events";

const FILE = "last-good.json";
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
  const before = await readKept(state, log);
  const slots = new Map((before?.events ?? []).map((event) => [slotOf(event), event]));
  const told = new Set<string>();
  let datacenter = before?.datacenter;
  let dueMs = Number.POSITIVE_INFINITY;
  let cancel: Cancel = () => undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = (): void => {
    cancel();
    dueMs = Number.POSITIVE_INFINITY;
    const save = async (): Promise<void> => {
      const kept: Kept = { datacenter: datacenter ?? "", savedAtMs: clock.now(), events: inOrder(slots.values()) };
      await state.writeJson(FILE, encodeKept(kept));
    };
    writing = writing
      .then(save)
      .catch((error: Error) => log.error("last good state not saved", { reason: error.message }));
  };

  const saveWithin = (ms: number): void => {
    const at = clock.now() + ms;
    if (at >= dueMs) return;
    cancel();
    dueMs = at;
    cancel = clock.setTimer(ms, write);
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
      keep(slots, event);
      saveWithin(["roots", "links", "intentions"].includes(event.kind) ? SOON_MS : LATER_MS);
    },
    missing: () => inOrder([...slots].filter(([slot]) => !told.has(slot)).map(([, event]) => event)),
    async close() {
      if (dueMs !== Number.POSITIVE_INFINITY) write();
      await writing;
    },
  };
}

async function readKept(state: StateDir, log: Logger): Promise<Kept | undefined> {
  try {
    return decodeKept(await state.readJson(FILE));
  } catch (error) {
    log.warn("last good state not read", { reason: (error as Error).message });
    return undefined;
  }
}
