// What the rule tests look at: our source files, the modules that they import, and the files that git tracks.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

export const ROOT = join(__dirname, "../..");

/** Paths from the project's root of all files of ours under src; generated code is not ours. */
export function sourceFiles(): readonly string[] {
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => `src/${path}`)
    .filter((path) => path.endsWith(".ts") && !path.includes("/gen/"))
    .toSorted();
}

export const textOf = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Paths of the files of ours that a source file imports; types count, generated code is left out. */
export function importsOf(path: string): readonly string[] {
  return ts
    .preProcessFile(textOf(path), true)
    .importedFiles.map((found) => found.fileName)
    .filter((name) => name.startsWith(".") && !name.includes("/gen/"))
    .map((name) => resolve(join(dirname(path), name)))
    .filter((target) => target.endsWith(".ts"));
}

function resolve(target: string): string {
  const found = [`${target}.ts`, `${target}/index.ts`, target].find((path) => existsSync(join(ROOT, path)));
  if (found === undefined) throw new Error(`no file for the import of ${target}`);
  return found;
}

/** Files that are committed or would be: tracked, or new and not ignored. */
export function projectFiles(): readonly string[] {
  const options = { cwd: ROOT, encoding: "utf8" } as const;
  return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], options)
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(ROOT, path)));
}
