// How what was started ends: in reverse order and all of it, also where a start failed half-way or one end fails.

export interface Endings {
  /** The latest ends first. */
  add(end: () => unknown): void;
  /** Ends everything, once; then rejects with the first failure, if any. */
  all(): Promise<void>;
}

export function makeEndings(): Endings {
  const ends: (() => unknown)[] = [];
  return {
    add: (end) => void ends.push(end),
    async all() {
      const failures: unknown[] = [];
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
        try {
          await end();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** What `start` makes; where it fails, what it had begun is ended before that is told. */
export async function startAll<T>(start: (endings: Endings) => Promise<T>): Promise<T> {
  const endings = makeEndings();
  try {
    return await start(endings);
  } catch (error) {
    await endings.all().catch(() => undefined);
    throw error;
  }
}
