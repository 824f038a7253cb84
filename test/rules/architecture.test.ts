// The arrows between folders in ARCHITECTURE.md are the imports in the code: none missing, none that is gone. The block of
// arrows has a line for each folder: `from -> to, to`.
import { posix } from "node:path";
import { importsOf, sourceFiles, textOf } from "./sources";

/** What every part of the runtime may use lies beside what uses every part: these files stand for themselves. */
const ALONE = ["src/runtime/config.ts", "src/runtime/persist.ts", "src/runtime/ports.ts"];

/** A file's folder under src; the model is one folder to all others. */
function folderOf(path: string): string {
  if (ALONE.includes(path)) return path.slice("src/".length);
  const folder = posix.dirname(path).slice("src/".length);
  return folder.startsWith("model/") ? "model" : folder;
}

function actualArrows(): readonly string[] {
  const arrows = sourceFiles().flatMap((path) =>
    importsOf(path)
      .map((target) => [folderOf(path), folderOf(target)] as const)
      .filter(([from, to]) => from !== to)
      .map(([from, to]) => `${from} -> ${to}`),
  );
  return [...new Set(arrows)].toSorted();
}

function documentedArrows(): readonly string[] {
  const block = /<!-- arrows -->([\s\S]*?)<!-- \/arrows -->/.exec(textOf("ARCHITECTURE.md"))?.[1];
  if (block === undefined) throw new Error("ARCHITECTURE.md lacks its block of arrows");
  return block
    .split("\n")
    .filter((line) => line.includes(" -> "))
    .flatMap((line) => {
      const [from = "", targets = ""] = line.split(" -> ");
      return targets.split(",").map((to) => `${from.trim()} -> ${to.trim()}`);
    })
    .toSorted();
}

test("documented arrows between folders are the code's", () => {
  expect(documentedArrows()).toEqual(actualArrows());
});

test("folders do not know each other in a circle", () => {
  const arrows = actualArrows().map((arrow) => arrow.split(" -> ") as [string, string]);
  let rest = arrows;
  // Takes away folders that know no other until none is left, or only circles are.
  for (let size = -1; size !== rest.length; ) {
    size = rest.length;
    rest = rest.filter(([, to]) => rest.some(([from]) => from === to));
  }
  expect(rest).toEqual([]);
});
