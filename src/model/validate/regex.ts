// Whether a regular expression is one that Envoy's RE2 compiles. Without RE2 at hand it is an approximation: what RE2
// lacks is refused by name, the rest is left to the JavaScript engine after RE2's own spellings are translated.

/** Why RE2 would refuse it, or undefined. */
export function regexProblem(source: string): string | undefined {
  const bare = source.replace(/\\[^1-9k]/g, "");
  if (/\(\?<?[=!]/.test(bare)) return "RE2 has no look-ahead and no look-behind";
  if (/\\[1-9]|\\k</.test(bare)) return "RE2 has no back-references";
  const counts = [...bare.matchAll(/\{([0-9]+)(?:,([0-9]*))?\}/g)].flatMap(([, min, max]) => [min, max]);
  if (counts.some((count) => Number(count ?? 0) > 1000)) return "RE2 repeats at most 1000 times";
  try {
    new RegExp(toJavaScript(source), "u");
    return undefined;
  } catch {
    return "it does not compile: look for an unbalanced bracket, a quantifier without operand, an unknown escape";
  }
}

/** RE2 spellings that JavaScript lacks or refuses, each replaced by something as long as it compiles alike. */
function toJavaScript(source: string): string {
  return source
    .replace(/\\([^A-Za-z0-9_]|[AzCa]|[pP][A-Z]|[pP]\{\^?\w+\}|x\{[0-9A-Fa-f]+\}|.)/gs, (whole, escaped: string) =>
      /^[A-Za-z0-9_]$/.test(escaped) && !/^[AzCa]$/.test(escaped) ? whole : "\\.",
    )
    .replace(/\[:\^?[a-z]+:\]/g, "a")
    .replace(/\(\?P</g, "(?<")
    .replace(/\(\?[imsU]*(?:-[imsU]+)?:/g, "(?:")
    .replace(/\(\?[imsU]+(?:-[imsU]+)?\)/g, "");
}
