// Entries of package.json → one page of Markdown each, from the compiler's view of their sources.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describeExport, mentionedIn, resolved } from "./describe.mjs";

/** What each entry is for, as the page's first line. */
const PURPOSES = {
  ".": "Types of a declaration, validation, plan and manifest. It loads no engine.",
  "./cdktf": "Constructs for CDKTF.",
  "./cdktn": "Constructs for CDKTN, and the Consul provider for it.",
  "./launch": "Texts that start a gateway process, rendered from its manifest.",
  "./pulumi": "Components for Pulumi.",
  "./runtime": "Running a gateway from a program of one's own.",
};

/** File name → text, for every entry that is code. @throws Error for an entry without a purpose here */
export function entryPages(root) {
  const { exports, name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entries = Object.entries(exports)
    .filter(([, target]) => typeof target === "object")
    .map(([entry, { types }]) => [entry, join(root, types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts"))]);
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const program = ts.createProgram(
    entries.map(([, path]) => path),
    options,
  );
  const src = join(root, "src/");
  return new Map(entries.map(([entry, path]) => [fileOf(entry), pageOf({ name, entry, path, program, src })]));
}

const fileOf = (entry) => `${entry === "." ? "index" : entry.slice(2)}.md`;

function pageOf({ name, entry, path, program, src }) {
  const purpose = PURPOSES[entry];
  if (purpose === undefined) throw new Error(`tools/docs/pages.mjs does not say what the entry ${entry} is for`);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(path));
  const context = { checker, src };
  const byName = (a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1);
  const exported = checker.getExportsOfModule(module).toSorted(byName);
  const known = new Set(exported.map((each) => resolved(each, context)));
  const more = [];
  // A list grows while it is walked: what is mentioned may mention more.
  const all = [...known];
  for (const symbol of all) {
    for (const each of mentionedIn(symbol, context)) {
      if (known.has(each)) continue;
      known.add(each);
      all.push(each);
      more.push(each);
    }
  }
  const head = `# \`${join(name, entry)}\`\n\n${purpose} Written by \`npm run docs\`; edit the docstrings instead.\n`;
  const sections = [...exported, ...more.toSorted(byName)].map((symbol) => describeExport(symbol, context));
  return [head, ...sections].join("\n");
}
