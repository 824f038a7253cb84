// A user's mistake, as data: where, what we got, what is allowed, what to do. All are collected, none is thrown.

export interface Issue {
  /** Path of the value from the root of what was read, as `services[2].port`. */
  readonly path: string;
  /** What was found, short and free of secrets. */
  readonly got: string;
  readonly allowed: string;
  readonly hint: string;
}

export type Result<T, E = readonly Issue[]> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** One line per issue: `services[2].port: got 0, allowed 1-65535; <hint>`. */
export function formatIssue(issue: Issue): string {
  return `${issue.path}: got ${issue.got}, allowed ${issue.allowed}; ${issue.hint}`;
}
