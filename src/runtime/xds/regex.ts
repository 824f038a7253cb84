// Regular expressions in RE2's syntax, which must match a text as a whole: literal text, and "any but these names".

/** Matches this text and nothing else; safe inside any expression. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Any part of a path. */
export const SEGMENT = "[^/]+";

/**
 * Matches every non-empty text without a slash but these names. RE2 has no look-ahead, so the names become a tree: a text
 * differs from all of them by leaving the tree, by stopping inside it, or by going on after a name.
 */
export function notOneOf(names: readonly string[]): string {
  if (names.length === 0) return SEGMENT;
  const root: Node = { isName: true, next: new Map() };
  for (const name of [...names].sort()) insert(root, name);
  return others(root);
}

interface Node {
  isName: boolean;
  readonly next: Map<string, Node>;
}

function insert(root: Node, name: string): void {
  let node = root;
  for (const character of name) {
    const next: Node = node.next.get(character) ?? { isName: false, next: new Map() };
    node.next.set(character, next);
    node = next;
  }
  node.isName = true;
}

/** What may follow here. The root counts as a name, so that the empty text never matches. */
function others({ isName, next }: Node): string {
  if (next.size === 0) return SEGMENT;
  const leaving = `[^/${[...next.keys()].map(inClass).join("")}][^/]*`;
  const staying = [...next].map(([character, node]) => literal(character) + others(node));
  return `(?:${[leaving, ...staying].join("|")})${isName ? "" : "?"}`;
}

function inClass(character: string): string {
  return /[\\\]^[-]/.test(character) ? `\\${character}` : character;
}
