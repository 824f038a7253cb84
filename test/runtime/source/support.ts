// What the tests of the sources share: a clock that can jump, temporary directories, a log that remembers, waiting.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Fields, Logger } from "../../../src/runtime/ports";

export interface FakeClock extends Clock {
  /** Time passes: timers fire in order. */
  advance(ms: number): Promise<void>;
  /** The clock is set: timers do not notice. */
  jump(ms: number): void;
}

export function makeFakeClock(startMs = Date.UTC(2030, 0, 1)): FakeClock {
  let wall = startMs;
  let elapsed = 0;
  let timers: { readonly at: number; readonly fire: () => void }[] = [];
  return {
    now: () => wall,
    setTimer(ms, fire) {
      const timer = { at: elapsed + Math.max(0, ms), fire };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    async advance(ms) {
      const end = elapsed + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        const to = next?.at ?? end;
        wall += to - elapsed;
        elapsed = to;
        if (next === undefined) return settle();
        timers = timers.filter((each) => each !== next);
        next.fire();
        await settle();
      }
    },
    jump(ms) {
      wall += ms;
    },
  };
}

/** Lets promises that wait for nothing outside run to their end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const tempDirs: string[] = [];
afterAll(() => {
  for (const dir of tempDirs) rmSync(dir, { recursive: true, force: true });
});

/** A fresh directory (0700), removed after the test file. */
export function makeTempDir(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "tgw-source-")));
  tempDirs.push(dir);
  return dir;
}

export interface LogRecord {
  readonly level: string;
  readonly message: string;
  readonly fields?: Fields;
}

export function makeLog(): Logger & { readonly records: LogRecord[] } {
  const records: LogRecord[] = [];
  const write = (level: string) => (message: string, fields?: Fields) => {
    records.push({ level, message, ...(fields === undefined ? {} : { fields }) });
  };
  return { records, debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** Resolves when `test` holds; rejects with what was seen instead. */
export async function until(test: () => boolean, seen: () => unknown = () => "", ms = 5000): Promise<void> {
  const end = Date.now() + ms;
  while (!test()) {
    if (Date.now() > end) throw new Error(`waited in vain; seen: ${JSON.stringify(seen())}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
