// Files of a form by name, for tests that expect no mistake.
import { type LaunchForm, type LaunchOptions, renderLaunch } from "../../src/launch/render-launch";
import type { GatewayInConsul } from "../../src/launch/source";
import { formatIssue } from "../../src/model/issues";

export function rendered<F extends LaunchForm>(
  form: F,
  source: string | GatewayInConsul,
  options: LaunchOptions[F],
): Readonly<Record<string, string>> {
  const result = renderLaunch(form, source, options);
  if (!result.ok) throw new Error(result.error.map(formatIssue).join("\n"));
  return Object.fromEntries(result.value.map(({ name, text }) => [name, text]));
}

/** The text of one file of it. */
export function textOf(files: Readonly<Record<string, string>>, name: string): string {
  const text = files[name];
  if (text === undefined) throw new Error(`no ${name}, only ${Object.keys(files).join(", ")}`);
  return text;
}
