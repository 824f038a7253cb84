// Figures as rows, a table for people and JSON for programs; each row may have a target, shown as a ratio to it.

export interface Figures {
  readonly ms?: number;
  readonly bytes?: number;
  /** CPU seconds of the control plane. */
  readonly cpuS?: number;
  /** Resident memory of the control plane. */
  readonly mib?: number;
  /** Of what should not happen at all; of resources for a synthesis. */
  readonly count?: number;
}

export interface Row extends Figures {
  readonly what: string;
  readonly services: number;
  /** The same of Consul's own gateway, in the same run. */
  readonly theirs?: Figures;
  /** Whose those are. @default "Consul's own gateway" */
  readonly rival?: string;
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
  { what: "consul: start to first service", services: 1000, ms: 1000 },
  { what: "consul: start to last service", services: 1000, ms: 22_000, mib: 150 },
  { what: "consul: refused signings", services: 1000, count: 0 },
  { what: "consul: endpoint change", services: 1000, ms: 25 },
  { what: "consul: intention, allow to deny", services: 1000, ms: 40, bytes: 1500 },
  { what: "consul: intention, deny to allow", services: 1000, ms: 40, bytes: 1500 },
  { what: "consul: link", services: 1000, ms: 120, bytes: 5000 },
  { what: "consul: root rotation", services: 1000, ms: 22_000, bytes: 3_000_000 },
  { what: "consul: root rotation: streams cut of 20", services: 1000, count: 0 },
  { what: "consul: root rotation: requests failed", services: 1000, count: 0 },
  { what: "consul: restart", services: 1000, mib: 150 },
  { what: "consul: restart: requests failed", services: 1000, count: 0 },
];

const UNITS = ["ms", "bytes", "cpuS", "mib"] as const;
/** Below these a figure says too little for a ratio: CPU time comes in ticks of 10 ms. */
const LEAST = { ms: 0.01, bytes: 1, cpuS: 0.1, mib: 1 };

export interface Judged extends Row {
  /** Figure ÷ target, the worse one where there are two; 1 or less reaches it. A count that should be 0 adds its own. */
  readonly ofTarget?: number;
  /** Theirs ÷ ours, unit by unit; above 1 we are better. */
  readonly ratio?: Partial<Record<(typeof UNITS)[number], number>>;
}

export function judge(rows: readonly Row[]): readonly Judged[] {
  return rows.map((row) => {
    const ratio = row.theirs === undefined ? {} : { ratio: ratioOf(row.theirs, row) };
    const target = TARGETS.find((each) => each.what === row.what && each.services === row.services);
    if (target === undefined) return { ...row, ...ratio };
    const ratios = UNITS.map((unit) => (row[unit] ?? 0) / (target[unit] ?? Number.POSITIVE_INFINITY));
    if (target.count !== undefined) ratios.push(1 + (row.count ?? 0) - target.count);
    return { ...row, ...ratio, ofTarget: Number(Math.max(...ratios).toFixed(2)) };
  });
}

function ratioOf(theirs: Figures, ours: Figures): NonNullable<Judged["ratio"]> {
  const pairs = UNITS.flatMap((unit) => {
    const [their, our] = [theirs[unit], ours[unit]];
    if (their === undefined || our === undefined || Math.min(their, our) < LEAST[unit]) return [];
    return [[unit, Number((their / our).toFixed(2))]];
  });
  return Object.fromEntries(pairs);
}

export function table(rows: readonly Judged[]): string {
  const cells = rows.flatMap((row) => {
    const ours = [
      ...[row.what, String(row.services), ...figureCells(row)],
      row.ofTarget === undefined ? "" : `${row.ofTarget.toFixed(2)} of target`,
    ];
    return row.theirs === undefined ? [ours] : [ours, theirCells(row, row.theirs)];
  });
  const all = [["figure", "services", "time", "bytes", "CPU", "memory", "count", ""], ...cells];
  const widths = (all[0] as string[]).map((_, column) => Math.max(...all.map((row) => (row[column] as string).length)));
  const isUsed = (column: number): boolean => cells.some((row) => row[column] !== "");
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
        .filter((_, column) => isUsed(column))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function figureCells({ ms, bytes, cpuS, mib, count }: Figures): string[] {
  return [
    ms === undefined ? "" : `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`,
    bytes === undefined ? "" : `${Math.round(bytes)} B`,
    cpuS === undefined ? "" : `${cpuS.toFixed(2)} s`,
    mib === undefined ? "" : `${Math.round(mib)} MiB`,
    count === undefined ? "" : String(count),
  ];
}

/** The line below ours: Consul's own figures, and theirs ÷ ours. */
function theirCells({ ratio = {}, rival = "Consul's own gateway" }: Judged, theirs: Figures): string[] {
  const names = { ms: "time", bytes: "bytes", cpuS: "CPU", mib: "memory" };
  const times = UNITS.flatMap((unit) => (ratio[unit] === undefined ? [] : [`${names[unit]} ${ratio[unit]}x`]));
  return [`  ${rival}`, "", ...figureCells(theirs), times.join(", ")];
}
