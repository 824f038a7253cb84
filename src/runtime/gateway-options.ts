// Holds the options of one run: what holds now, what Envoy was started with, and what was said of them already.

import { formatIssue, type Issue } from "../model/issues";
import { NO_PARTS, type StaticParts } from "./envoy/static-parts";
import { type Effective, effectiveOptions, type OptionInputs } from "./options/effective";
import type { Logger } from "./ports";

export class GatewayOptions {
  private effective: Effective | undefined;
  private running: StaticParts | undefined;
  private said: ReadonlySet<string> = new Set();
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
    if (this.running !== undefined && JSON.stringify(this.effective?.parts) !== JSON.stringify(effective.parts)) {
      if (JSON.stringify(this.running) !== JSON.stringify(effective.parts)) {
        this.log.warn("options of Envoy's bootstrap changed: they count after a restart of the gateway");
      }
    }
    this.effective = effective;
    return effective;
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
