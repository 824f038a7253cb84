// Every relative link of the pages leads to a file of the repository, and to a heading where it names one.

import { existsSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { anchorsOf, PAGES, type Page, proseOf, ROOT } from "./pages";

/** Targets of the links that lead nowhere. */
function brokenIn(page: Page): readonly string[] {
  const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(({ 1: target = "" }) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target));
}

function leadsSomewhere(from: Page, target: string): boolean {
  const [file = "", anchor] = target.split("#");
  if (file === "") return anchorsOf(from).includes(anchor ?? "");
  const path = normalize(join(from.path, "..", file));
  if (path.startsWith("..") || !existsSync(join(ROOT, path))) return false;
  if (anchor === undefined) return true;
  return anchorsOf({ path, text: readFileSync(join(ROOT, path), "utf8") }).includes(anchor);
}

test.each(PAGES.map((page) => [page.path, page] as const))("%s", (_path, page) => {
  expect(brokenIn(page)).toEqual([]);
});

test("a missing file and a missing heading are found", () => {
  const text = "# One two\n[a](README.md) [b](missing.md) [c](#one-two) [d](#three) [e](https://example.com)";
  expect(brokenIn({ path: "page.md", text })).toEqual(["missing.md", "#three"]);
});
