// How mistakes are told: all of them, at synth, with the path of the construct. Constructing never throws for them, so that
// one run of synth shows the mistakes of every construct.

import type { Construct } from "constructs";
import { formatIssue, type Issue } from "../../model/issues";

/** Reports at synth whatever `issues` finds then. */
export function reportAtSynth(construct: Construct, issues: () => readonly Issue[]): void {
  construct.node.addValidation({ validate: () => issues().map(formatIssue) });
}
