// Figures as rows, a table for people and JSON for programs; each row may have a target, shown as a ratio to it.

export interface Row {
  readonly what: string;
  readonly services: number;
  readonly ms?: number;
  readonly bytes?: number;
  readonly mib?: number;
}

/** What the project wants to reach on two cores. */
const TARGETS: readonly (Row & { readonly what: string })[] = [
  { what: "start to first served request", services: 10, ms: 2000 },
  { what: "full build", services: 5000, ms: 250 },
  { what: "one-service change, build", services: 5000, ms: 1 },
  { what: "intention change to ACK", services: 1000, ms: 40, bytes: 1500 },
  { what: "certificate to ACK", services: 1000, ms: 40, bytes: 2000 },
  { what: "new service to ACK", services: 1000, ms: 120, bytes: 5000 },
  { what: "runtime memory", services: 1000, mib: 150 },
];

export interface Judged extends Row {
  /** Figure ÷ target, the worse one where there are two; 1 or less reaches it. */
  readonly ofTarget?: number;
}

export function judge(rows: readonly Row[]): readonly Judged[] {
  return rows.map((row) => {
    const target = TARGETS.find((each) => each.what === row.what && each.services === row.services);
    if (target === undefined) return row;
    const ratios = (["ms", "bytes", "mib"] as const).map(
      (unit) => (row[unit] ?? 0) / (target[unit] ?? Number.POSITIVE_INFINITY),
    );
    return { ...row, ofTarget: Number(Math.max(...ratios).toFixed(2)) };
  });
}

export function table(rows: readonly Judged[]): string {
  const cells = rows.map((row) => [
    row.what,
    String(row.services),
    row.ms === undefined ? "" : `${row.ms < 10 ? row.ms.toFixed(2) : Math.round(row.ms)} ms`,
    row.bytes === undefined ? "" : `${Math.round(row.bytes)} B`,
    row.mib === undefined ? "" : `${Math.round(row.mib)} MiB`,
    row.ofTarget === undefined ? "" : `${row.ofTarget.toFixed(2)} of target`,
  ]);
  const all = [["figure", "services", "time", "bytes", "memory", ""], ...cells];
  const widths = (all[0] as string[]).map((_, column) => Math.max(...all.map((row) => (row[column] as string).length)));
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
