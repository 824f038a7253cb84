// Where a text was written down: for tests that look for secrets and must not print them when they find one.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The text of every file below a folder, by its path from there. */
export function filesBelow(root: string): Readonly<Record<string, string>> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const paths = files.map((each) => join(each.parentPath, each.name));
  return Object.fromEntries(
    paths.flatMap((path) => {
      const text = textOf(path);
      return text === undefined ? [] : [[path.slice(root.length + 1), text]];
    }),
  );
}

/** Undefined for a file that a running process renamed meanwhile. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Names of the texts that hold it; those that hold it compressed or encoded are not seen. */
export function placesOf(wanted: string | undefined, texts: Readonly<Record<string, string>>): readonly string[] {
  if (wanted === undefined || wanted === "") throw new Error("nothing to look for");
  return Object.keys(texts).filter((name) => texts[name]?.includes(wanted));
}
