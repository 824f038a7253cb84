// What Consul says of the gateway itself: proxy-defaults, the mesh entry, `Proxy.Config` of its own entry in the catalog. Told
// when all of it is known, and kept on disk (0600), so that a restart without Consul listens and speaks as before.

import { VERSION } from "../../../model/version";
import type { StateDir } from "../../persist";
import type { Cancel, Clock, Logger } from "../../ports";
import { makeSaver } from "../saver";
import type { Fields } from "./decode/reading";

/** Bodies as far as they concern a gateway; {} for what is not there. */
export interface CentralConfig {
  /** `Config` of proxy-defaults. */
  readonly config: Fields;
  /** `AccessLogs` of proxy-defaults. */
  readonly accessLogs: Fields;
  /** The mesh entry. */
  readonly mesh: Fields;
  /** `Proxy.Config` of this replica's own entry. */
  readonly own: Fields;
}

const PARTS = ["config", "accessLogs", "mesh", "own"] as const;
export const NO_CENTRAL: CentralConfig = { config: {}, accessLogs: {}, mesh: {}, own: {} };

const FILE = "central-config.json";
const SAVE_MS = 1_000;
/** A healthy server tells all of it in well under a second. What was known before stands in after this time. */
const LATE_MS = 2_000;
/** With nothing known before, nobody is served yet either: there is time to wait for what says how. */
const FIRST_LATE_MS = 10_000;

export interface Central {
  /** `own` as it was known last, where Consul has it no more: it goes with the entry, which each stop takes out. */
  lastOwn(): Fields;
  note(part: Partial<CentralConfig>): void;
  /** Calls back when all is known, or is late, and with every change after that. */
  start(onChange: (central: CentralConfig) => void): void;
  /** Writes what is not on disk yet. */
  close(): Promise<void>;
}

export async function openCentral(options: {
  readonly state: StateDir;
  readonly clock: Clock;
  readonly log: Logger;
}): Promise<Central> {
  const { state, clock, log } = options;
  const before = await readBefore(state, log);
  let told: Partial<CentralConfig> = {};
  let tell: ((central: CentralConfig) => void) | undefined;
  let isOut = false;
  let cancelLate: Cancel = () => undefined;
  let cancelSave: Cancel | undefined;
  const saver = makeSaver(state, log, "the gateway's options are not saved");

  const current = (): CentralConfig => ({ ...NO_CENTRAL, ...before, ...told });
  const isComplete = (): boolean => PARTS.every((part) => told[part] !== undefined);

  const save = (): void => {
    cancelSave?.();
    cancelSave = undefined;
    saver.save(FILE, () => ({ version: VERSION, ...current() }));
  };
  const out = (): void => {
    cancelLate();
    isOut = true;
    tell?.(current());
  };

  return {
    lastOwn: () => current().own,
    note(part) {
      const last = JSON.stringify(told);
      told = { ...told, ...part };
      if (JSON.stringify(told) === last) return;
      cancelSave ??= clock.setTimer(SAVE_MS, save);
      if (isOut || (tell !== undefined && isComplete())) out();
    },
    start(onChange) {
      tell = onChange;
      if (isComplete()) return out();
      cancelLate = clock.setTimer(before === undefined ? FIRST_LATE_MS : LATE_MS, () => {
        const missing = PARTS.filter((part) => told[part] === undefined);
        const reason = before === undefined ? "defaults hold" : "what it said last holds";
        log.warn("Consul has not said everything about the gateway's options yet", { missing, reason });
        out();
      });
    },
    async close() {
      cancelLate();
      if (cancelSave !== undefined) save();
      await saver.flush();
    },
  };
}

async function readBefore(state: StateDir, log: Logger): Promise<CentralConfig | undefined> {
  try {
    const value = (await state.readJson(FILE)) as (CentralConfig & { readonly version?: string }) | undefined;
    if (value?.version !== VERSION) return undefined;
    const { config, accessLogs, mesh, own } = value;
    return { config, accessLogs, mesh, own };
  } catch (error) {
    log.warn("the gateway's options of an earlier life are not read", { reason: (error as Error).message });
    return undefined;
  }
}
