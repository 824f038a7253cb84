// npm run docs: the API reference, docs/api/<entry>.md, from the docstrings of what package.json exports. Needs no build.
// --check writes nothing and fails where a page is not what the sources say.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { say } from "./progress.mjs";
import { ensureInstalled, root } from "./set-up.mjs";

const FOLDER = join(root, "docs/api");

try {
  await ensureInstalled();
  const { entryPages } = await import("./docs/pages.mjs");
  const pages = entryPages(root);
  const stale = [...staleOf(pages)];
  if (process.argv.includes("--check")) {
    for (const name of stale) say(`docs/api/${name} is not what the sources say: npm run docs`);
    if (stale.length > 0) process.exitCode = 1;
  } else {
    mkdirSync(FOLDER, { recursive: true });
    for (const name of stale) {
      const text = pages.get(name);
      if (text === undefined) rmSync(join(FOLDER, name));
      else writeFileSync(join(FOLDER, name), text);
      say(`docs/api/${name}`);
    }
    say("docs/api is up to date");
  }
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

/** Names of pages that differ, are missing or are there without an entry. */
function* staleOf(pages) {
  for (const [name, text] of pages) {
    const path = join(FOLDER, name);
    if (!existsSync(path) || readFileSync(path, "utf8") !== text) yield name;
  }
  for (const name of existsSync(FOLDER) ? readdirSync(FOLDER) : []) if (!pages.has(name)) yield name;
}
