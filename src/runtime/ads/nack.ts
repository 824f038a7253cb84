// Reads Envoy's NACK texts: which resources it names. Pure. The texts are those of Envoy 1.37-1.40 (source/common/upstream/
// cds_api_helper.cc and source/common/listener_manager/lds_api.cc).

const PREFIX = /Error adding\/updating (?:cluster|listener)\(s\) /;

/** Envoy cuts a text after 4,096 characters and says so: culprits may be missing from it. */
const CUT = "...(truncated)";

export interface Culprits {
  /** Name to Envoy's reason; empty when the text names none of the given names. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Every culprit is named, so that everything else in the response was applied. */
  readonly complete: boolean;
}

/**
 * Culprits in `Error adding/updating cluster(s) a: reason, b: reason`. Reasons may hold commas and colons, names too:
 * so only known names count, and only where an item starts.
 * @param names what the refused response carried
 */
export function parseNack(text: string, names: Iterable<string>): Culprits {
  const prefix = PREFIX.exec(text);
  if (prefix === null) return { reasons: new Map(), complete: false };
  const list = text.slice(prefix.index + prefix[0].length);
  const found: { readonly name: string; readonly start: number; readonly end: number }[] = [];
  for (const name of names) {
    const start = itemStart(list, name);
    if (start !== -1) found.push({ name, start, end: start + name.length + 2 });
  }
  found.sort((a, b) => a.start - b.start);
  const reasons = new Map(
    found.map(({ name, end }, at) => [name, list.slice(end, found[at + 1]?.start).replace(/[,\s]+$/, "")]),
  );
  return { reasons, complete: !text.includes(CUT) };
}

/** Where an item of this name starts: at the very beginning, after a comma, or on a line of its own; -1: nowhere. */
function itemStart(list: string, name: string): number {
  const item = `${name}: `;
  if (list.startsWith(item)) return 0;
  for (const separator of [", ", "\n"]) {
    const at = list.indexOf(separator + item);
    if (at !== -1) return at + separator.length;
  }
  return -1;
}
