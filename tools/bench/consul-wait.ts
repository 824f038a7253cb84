// Waiting in the benchmark, always bounded.

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Until `test` holds; it may throw, which counts as no.
 * @throws Error with `what` and the last error when that takes longer than `ms`
 */
export async function until(
  test: () => boolean | Promise<boolean>,
  ms: number,
  what: string,
  everyMs = 50,
): Promise<void> {
  const end = performance.now() + ms;
  let last: unknown;
  for (;;) {
    try {
      if (await test()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end)
      throw new Error(`not within ${ms / 1000} s: ${what}${last === undefined ? "" : ` (${last})`}`);
    await sleep(everyMs);
  }
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;
