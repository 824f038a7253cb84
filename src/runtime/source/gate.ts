// Lets a few pieces of asynchronous work run at a time, in the order they came.

/** Runs work now or when a place is free. The promise is the work's own. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** A gate with `places` places, at least 1. */
export function makeGate(places: number): Gate {
  const waiting: (() => void)[] = [];
  let free = places;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
