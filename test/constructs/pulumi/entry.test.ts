// The entry `/pulumi` loads its own engine alone: followed through the imports of the sources.

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { preProcessFile } from "typescript";

const ROOT = join(__dirname, "..", "..", "..");

/** Every file and package that a source file reaches. */
function reach(file: string, seen = new Set<string>()): ReadonlySet<string> {
  seen.add(relative(ROOT, file));
  for (const { fileName } of preProcessFile(readFileSync(file, "utf8")).importedFiles) {
    const next = fileName.startsWith(".") ? join(dirname(file), fileName) : undefined;
    if (next === undefined) seen.add(fileName);
    else if (!seen.has(relative(ROOT, `${next}.ts`))) reach(`${next}.ts`, seen);
  }
  return seen;
}

const reached = [...reach(join(ROOT, "src", "constructs", "pulumi", "index.ts"))];

test("of packages Pulumi's only", () => {
  expect(reached.filter((each) => !/^(src\/|node:)/.test(each)).sort()).toEqual(["@pulumi/consul", "@pulumi/pulumi"]);
});

test("of this package the model and the launchers' texts only", () => {
  const folders = new Set(reached.filter((each) => each.startsWith("src/")).map((each) => dirname(each)));
  expect([...folders].sort()).toEqual([
    "src/constructs/pulumi",
    "src/launch",
    "src/model",
    "src/model/proxy-config",
    "src/model/validate",
  ]);
});
