// Golden case folders: props.json goes in, every other file is what must come out. UPDATE_GOLDEN=1 rewrites them;
// whoever rewrites reads the difference.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The only files a case may hold. */
export const GOLDEN_FILES = ["props.json", "plan.json", "manifest.json", "terraform.json", "pulumi.json"] as const;

export type GoldenFile = Exclude<(typeof GOLDEN_FILES)[number], "props.json">;

export interface GoldenCase {
  readonly name: string;
  readonly dir: string;
  /** Parsed props.json. */
  readonly props: unknown;
}

const CASES = join(__dirname, "..", "constructs", "cases");

/** Every folder of test/constructs/cases, sorted. */
export function goldenCases(root: string = CASES): readonly GoldenCase[] {
  const names = readdirSync(root, { withFileTypes: true }).filter((each) => each.isDirectory());
  return names
    .map(({ name }) => ({ name, dir: join(root, name), props: readJson(join(root, name, "props.json")) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Compares a value with the golden file of a case: keys in any order, lists in order. */
export function expectGolden(golden: GoldenCase, file: GoldenFile, actual: unknown): void {
  const path = join(golden.dir, file);
  const text = `${JSON.stringify(sortKeys(actual), undefined, 2)}\n`;
  if (process.env.UPDATE_GOLDEN === "1") {
    if (process.env.CI === "true") throw new Error("UPDATE_GOLDEN is not for CI");
    writeFileSync(path, text);
  }
  if (!existsSync(path)) throw new Error(`${golden.name}/${file} is missing: run with UPDATE_GOLDEN=1 and read it`);
  expect(text).toBe(readFileSync(path, "utf8"));
}

/** Files in a case folder that no test compares. */
export function unownedFiles(golden: GoldenCase): readonly string[] {
  return readdirSync(golden.dir).filter((name) => !GOLDEN_FILES.some((each) => each === name));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}
