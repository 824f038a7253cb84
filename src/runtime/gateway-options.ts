// Holds the options of one run: what holds now, what Envoy was started with, and what was said of them already.

import { formatIssue, type Issue } from "../model/issues";
import { NO_PARTS, type StaticParts } from "./envoy/static-parts";
import { type Effective, effectiveOptions, type OptionInputs } from "./options/effective";
import type { Logger } from "./ports";
import type { OptionLine } from "./status/view";

const PARTS = { option: "options of Envoy's bootstrap" };
const LATE: OptionLine = {
  ...{ ...PARTS, level: "warn" },
  reason: "changed since Envoy was started: they count after a restart of the gateway",
};

export class GatewayOptions {
  private effective: Effective | undefined;
  private running: StaticParts | undefined;
  private said: ReadonlySet<string> = new Set();
  private refusal: string | undefined;
  private readonly log: Logger;

  constructor(log: Logger) {
    this.log = log;
  }

  /** Takes what is said now; each new mistake is logged once, and costs its own option alone. */
  take(inputs: OptionInputs): Effective {
    const effective = effectiveOptions(inputs, this.effective, this.running);
    const before = this.said;
    this.said = new Set(effective.said.map(formatIssue));
    for (const issue of effective.said) {
      const reason = formatIssue(issue);
      if (!before.has(reason)) this.log[issue.level]("gateway option not taken", { reason });
    }
    const changed = JSON.stringify(this.effective?.parts) !== JSON.stringify(effective.parts);
    this.effective = effective;
    if (changed && this.isLate()) {
      this.log.warn("options of Envoy's bootstrap changed: they count after a restart of the gateway");
    }
    return effective;
  }

  /** Every option that is not taken now, and why. */
  notTaken(): readonly OptionLine[] {
    const lines = (this.effective?.said ?? []).map(({ path, level, ...issue }) => ({
      ...{ option: path, level },
      reason: formatIssue({ path: "", ...issue }).slice(": ".length),
    }));
    const refused = this.refusal === undefined ? [] : [{ ...PARTS, level: "error", reason: this.refusal } as const];
    return [...lines, ...refused, ...(this.isLate() ? [LATE] : [])];
  }

  /** Envoy runs without the parts that it was to be started with. */
  partsRefused(reason: string): void {
    this.refusal = `Envoy does not take them and runs without all of them: ${reason}`;
  }

  /** What Envoy was started with holds no longer. */
  private isLate(): boolean {
    const { running, effective } = this;
    return running !== undefined && JSON.stringify(running) !== JSON.stringify(effective?.parts);
  }

  /** Envoy is started with what holds now: later changes of it are told, and its sockets are taken. */
  start(): StaticParts {
    this.running = this.effective?.parts ?? NO_PARTS;
    return this.running;
  }
}

/** What must be mended before a start: with no earlier state there is nothing to fall back to. */
export function mistakesAtStart(inputs: OptionInputs): readonly Issue[] {
  const { said } = effectiveOptions(inputs);
  return said
    .filter(({ level }) => level === "error")
    .map(({ path, got, allowed, hint }) => ({ path, got, allowed, hint }));
}
