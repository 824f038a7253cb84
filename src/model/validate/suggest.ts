// The nearest known name for a misspelt one.

/** A known name that differs only in case or underscores, else the one at most two edits away; undefined if none is near. */
export function suggest(name: string, known: readonly string[]): string | undefined {
  const folded = fold(name);
  const near = known
    .map((each) => ({ each, edits: editDistance(folded, fold(each)) }))
    .filter(({ each, edits }) => edits <= 2 && edits < Math.max(2, each.length / 2))
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.each;
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, "");
}

/** Levenshtein: inserted, removed or changed characters. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
