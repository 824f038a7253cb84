// Traffic without a pause, to prove that none of it is lost.

/** A test that fails before it stops its traffic leaves it running: it ends by itself, and does not spin while calls fail. */
const LONGEST_MS = 120_000;
const PAUSE_MS = 20;

export interface Calling {
  /** Ends it: how many calls there were, and every answer that was not 200. */
  stop(): Promise<{ readonly calls: number; readonly failures: readonly string[] }>;
}

/** One call after the other. @param call what came back: a status, or what went wrong */
export function startCalling(call: () => Promise<number | string>): Calling {
  const failures: string[] = [];
  const endMs = Date.now() + LONGEST_MS;
  let calls = 0;
  let going = true;
  const loop = (async () => {
    while (going && Date.now() < endMs) {
      const got = await call();
      calls += 1;
      if (got === 200) continue;
      failures.push(String(got));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return {
    async stop() {
      going = false;
      await loop;
      return { calls, failures };
    },
  };
}
