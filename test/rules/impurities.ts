// Finds in a source text what a pure file must not have: clock, chance, timers, process, log, waiting.
import ts from "typescript";

const GLOBALS = new Set(["process", "console", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "fetch"]);
const MEMBERS = new Set(["Date.now", "Math.random", "performance.now", "crypto.randomUUID"]);

/** One line for each, as `12: setTimeout`. */
export function impurities(text: string): readonly string[] {
  const file = ts.createSourceFile("file.ts", text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const what = impurity(node);
    if (what !== undefined) found.push(`${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function impurity(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return "async";
  if (ts.isNewExpression(node) && node.expression.getText() === "Date" && (node.arguments?.length ?? 0) === 0) {
    return "new Date()";
  }
  if (ts.isPropertyAccessExpression(node) && MEMBERS.has(node.getText())) return node.getText();
  return ts.isIdentifier(node) && GLOBALS.has(node.text) && isFree(node) ? node.text : undefined;
}

/** Whether an identifier is a name of its own, and not a member, a property or a declaration. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  return ts.isShorthandPropertyAssignment(parent) || !("name" in parent && parent.name === node);
}
