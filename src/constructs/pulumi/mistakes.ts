// What ends a Pulumi program: errors that show what to change, without a stack that only shows this package.

import { RunError } from "@pulumi/pulumi";
import { formatIssue, type Issue, type Result } from "../../model/issues";

/** All mistakes of a declaration at once; `subject` says whose, as `TerminatingGateway "egress"`. */
export function mistakesIn(subject: string, issues: readonly Issue[]): RunError {
  return brief([`${subject} cannot be deployed:`, ...issues.map((each) => `  ${formatIssue(each)}`)].join("\n"));
}

/**
 * Without frames: they show nothing of the user's program, and Pulumi's runner colours them with util.inspect(), which takes
 * Node 20 most of a minute and gigabytes over a frame in `node_modules/@pulumi/output.ts` before the user sees a word.
 */
function brief(text: string): RunError {
  const error = new RunError(text);
  error.stack = `RunError: ${text}`;
  return error;
}

/** A declaration that was added to after its resources were made. */
export function tooLate(subject: string, call: string): RunError {
  const hint = `call ${call} before the first await or apply that follows its construction`;
  return brief(`${subject} is complete and its resources are being made: ${hint}`);
}

export function issuesOf(result: Result<unknown>): readonly Issue[] {
  return result.ok ? [] : result.error;
}
