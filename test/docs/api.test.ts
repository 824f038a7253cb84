// docs/api: what the docstrings say now, with a meaning for everything that a user may write.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./pages";

const FOLDER = join(ROOT, "docs/api");
const PAGES = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")] as const);

/** Cells of the rows below a heading. */
function rowsOf(text: string, heading: string): readonly (readonly string[])[] {
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

test("is what the sources say: npm run docs", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["tools/docs.mjs", "--check"], {
    ...{ cwd: ROOT, encoding: "utf8", timeout: 110_000 },
  });
  expect([status, stdout + stderr]).toEqual([0, ""]);
}, 120_000);

test("there is a page for each entry", () => {
  const names = ["cdktf.md", "cdktn.md", "index.md", "launch.md", "pulumi.md", "runtime.md"];
  expect(PAGES.map(([name]) => name).toSorted()).toEqual(names);
});

test.each(["cdktf.md", "cdktn.md", "pulumi.md", "index.md"])("%s: defaults and meanings of a declaration", (name) => {
  const text = PAGES.find(([each]) => each === name)?.[1] ?? "";
  expect(rowsOf(text, "BindProps")).toContainEqual(["`port`", "`number`", "`8443`", "TCP port, 1-65535."]);
  expect(rowsOf(text, "InstanceProps").find(([prop]) => prop === "`weight`")).toEqual([
    ...["`weight`", "`number`", "`1`", "Share of the load while passing, 1-128."],
  ]);
  expect(rowsOf(text, "PermissionProps").find(([prop]) => prop === "`action`")?.[2]).toBe("required");
});

test.each(PAGES)("%s says what each prop, argument and option means", (_name, text) => {
  const headings = [...text.matchAll(/^## (\w*(?:Props|Args|Options|Config))$/gm)].map(
    ({ 1: heading = "" }) => heading,
  );
  const silent = headings.flatMap((heading) =>
    rowsOf(text, heading)
      .filter((cells) => cells.at(-1) === "")
      .map(([prop]) => `${heading} ${prop}`),
  );
  expect(silent).toEqual([]);
});

test("no page names what is not public", () => {
  for (const [, text] of PAGES) expect(text).not.toMatch(/import\(|__type|\bunknown\[\]\b/);
});
