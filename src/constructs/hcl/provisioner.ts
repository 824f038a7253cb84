// Provisioners of terraform_data that run a script on the machine that deploys.

import type { LocalExec } from "./arguments";

/**
 * Runs a script with variables from the resource's own input, which is all that a script at destroy may use.
 * @param more variables by expressions, for a script at creation
 */
export function provisioner(
  command: string,
  names: readonly string[],
  more: Readonly<Record<string, string>> = {},
): LocalExec {
  const own = Object.fromEntries(names.map((name) => [name, `\${self.input.${name}}`]));
  return { type: "local-exec", command, environment: { ...own, ...more }, interpreter: ["/bin/sh", "-c"] };
}
