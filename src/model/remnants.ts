// Text that must never reach a manifest: private keys, unresolved references of an engine, encrypted Pulumi values.

/** What is wrong with a text, in words that never repeat it. */
export interface Remnant {
  readonly got: string;
  readonly hint: string;
}

/** Key that marks a secret in Pulumi's own serialisation. */
export const PULUMI_SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

const RESOLVE_HINT =
  "only addresses, SNI, file paths and what only an auth method holds may be known late: pass the value itself, or read the manifest after the deployment";

const REMNANTS: readonly (Remnant & { readonly pattern: RegExp })[] = [
  {
    pattern: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/,
    got: "a private key (not shown)",
    hint: "give the path of a file on the gateway's host, never the key, and replace this key: it has been exposed",
  },
  {
    pattern: /-----BEGIN /,
    got: "PEM text (not shown)",
    hint: "give the path of a file on the gateway's host, not its content",
  },
  { pattern: /TfToken\[/, got: "an unresolved CDKTF token", hint: RESOLVE_HINT },
  // Before references: Pulumi's text quotes one.
  {
    pattern: /Calling \[(toString|toJSON)\] on an \[?Output/,
    got: "Pulumi's text for an Output used as a string",
    hint: "pass the Output itself, or use pulumi.interpolate",
  },
  { pattern: /\$\{/, got: "an unresolved ${…} reference", hint: RESOLVE_HINT },
  { pattern: /%\{/, got: "an unresolved %{…} directive", hint: RESOLVE_HINT },
  {
    pattern: new RegExp(PULUMI_SECRET_SIGNATURE),
    got: "an encrypted Pulumi secret (not shown)",
    hint: "a declaration holds no secrets: give the path of a file that holds it",
  },
];

/** The first thing that makes this text unfit for a declaration, or undefined. */
export function remnantOf(text: string): Remnant | undefined {
  return REMNANTS.find(({ pattern }) => pattern.test(text));
}
