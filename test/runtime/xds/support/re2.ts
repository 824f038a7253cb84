// RE2 expressions on JavaScript's engine, as far as we generate them. Text is a string of bytes or of characters alike.

/** Whether the expression matches the text as a whole, as Envoy uses RE2. */
export function fullMatch(expression: string, text: string): boolean {
  const flags = /^\(\?([is]+)\)/.exec(expression);
  const scoped = /^\(\?i:(.*)\)$/s.exec(expression);
  const source = (scoped?.[1] ?? expression.slice(flags?.[0].length ?? 0)).replaceAll("\\C", "[^]");
  const ignoreCase = scoped !== null || flags?.[1]?.includes("i") === true;
  return new RegExp(`^(?:${source})$`, `u${ignoreCase ? "i" : ""}${flags?.[1]?.includes("s") ? "s" : ""}`).test(text);
}
