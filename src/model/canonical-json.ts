// One text for equal values, whatever order their keys were written in.

/** Keys sorted by code unit, lists as they are, fields that are undefined left out, two-space indent, a newline at the end. */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), undefined, 2)}\n`;
}

/** The same on one line, without a newline at the end. */
export function compactJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

/** compactJson() to the letter as Go's encoder writes it: the provider compares the text of some arguments. */
export function goJson(value: unknown): string {
  return compactJson(value).replace(/[<>&]/g, (each) => `\\u00${each.charCodeAt(0).toString(16)}`);
}
