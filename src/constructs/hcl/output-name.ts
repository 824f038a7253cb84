// Rule for the name of a Terraform output.

import type { Issue } from "../../model/issues";

export function outputNameIssues(name: unknown): readonly Issue[] {
  if (name === undefined || (typeof name === "string" && /^[A-Za-z_][\w-]*$/.test(name))) return [];
  const got = typeof name === "string" ? "a text that is no Terraform name" : `a ${typeof name}`;
  const allowed = "a letter or _, then letters, digits, _ and -";
  return [{ path: "outputName", got, allowed, hint: "use a plain name, as egress_manifest" }];
}
