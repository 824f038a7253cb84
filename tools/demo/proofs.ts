// A list of proofs, each with a name and a time: prints progress as they come and a short table at the end.

export interface Proof {
  readonly name: string;
  readonly ms: number;
}

/** A claim that turned out to be false; says what was expected and what came. */
export class Disproof extends Error {}

export function expectEqual(got: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(got) === JSON.stringify(expected)) return;
  throw new Disproof(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
}

export function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Disproof(what);
}

/** Waits until `test` holds, looking every 50 ms, at most `ms`. */
export async function until(test: () => Promise<boolean> | boolean, what: string, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await test())) {
    if (Date.now() > end) throw new Disproof(`${what}: not within ${ms / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function makeProofs(say: (line: string) => void) {
  const done: Proof[] = [];
  return {
    done: done as readonly Proof[],
    async prove(name: string, work: () => Promise<void>): Promise<void> {
      const start = Date.now();
      try {
        await work();
      } catch (error) {
        say(`  ✘ ${name}`);
        throw new Disproof(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
      done.push({ name, ms: Date.now() - start });
      say(`  ✔ ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    },
  };
}

export type Proofs = ReturnType<typeof makeProofs>;

export function table(proofs: readonly Proof[]): string {
  const width = Math.max(...proofs.map((proof) => proof.name.length));
  const rows = proofs.map((proof) => `  ${proof.name.padEnd(width)}  ${(proof.ms / 1000).toFixed(1).padStart(5)} s`);
  return [`  ${"proved".padEnd(width)}  ${"took".padStart(7)}`, ...rows].join("\n");
}
