// Every TypeScript block of the pages compiles against the package's sources, and every JSON block is JSON.

import { join } from "node:path";
import ts from "typescript";
import { type Block, blocksOf, GUIDES, ROOT } from "./pages";

const BLOCKS = GUIDES.flatMap(blocksOf);
const PACKAGE = "consul-terminating-gateway";
const SRC = join(ROOT, "src");

/** What a reader of the page has at hand where a block is a fragment; left out where the block says it itself. */
const AT_HAND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "docs/launching.md": {
    renderLaunch: `import { renderLaunch } from "${PACKAGE}/launch";`,
    manifest: "declare const manifest: string;",
  },
};

/** As a module; one that says `this` is the inside of a stack. */
function moduleOf({ page, text }: Block): string {
  const source = ts.createSourceFile("block.ts", text, ts.ScriptTarget.ES2023, true);
  const isImport = (each: ts.Statement): boolean => ts.isImportDeclaration(each);
  const textOf = (statements: readonly ts.Statement[]): string => statements.map((each) => each.getText()).join("\n");
  const imports = textOf(source.statements.filter(isImport));
  const body = textOf(source.statements.filter((each) => !isImport(each)));
  const atHand = Object.entries(AT_HAND[page] ?? {})
    .filter(([name]) => !new RegExp(`\\b${name}\\b`).test(imports))
    .map(([, line]) => line);
  const head = [...atHand, imports, "export {};"].join("\n");
  if (!/\bthis\b/.test(body)) return `${head}\n${body}`;
  return `${head}\nexport function declare(this: import("cdktf").TerraformStack): void {\n${body}\n}`;
}

/** What the compiler has against the blocks: their place and its words. */
function errorsIn(blocks: readonly Block[]): readonly string[] {
  const files = new Map(blocks.map((block) => [join(ROOT, "docs", `${block.place.replaceAll("/", "-")}.ts`), block]));
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  const entries = ["cdktf", "cdktn", "pulumi"].map((each) => [
    `${PACKAGE}/${each}`,
    [`${SRC}/constructs/${each}/index.ts`],
  ]);
  const paths = { ...Object.fromEntries(entries), [PACKAGE]: [`${SRC}/model/index.ts`] };
  const settings: ts.CompilerOptions = { ...options, paths, types: ["node"] };
  const host = ts.createCompilerHost(settings);
  const { readFile, fileExists, getSourceFile } = host;
  const textOf = (path: string): string | undefined => {
    const block = files.get(path);
    return block === undefined ? undefined : moduleOf(block);
  };
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => textOf(path) ?? readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const text = textOf(path);
    return text === undefined ? getSourceFile(path, target, ...rest) : ts.createSourceFile(path, text, target);
  };
  const program = ts.createProgram([...files.keys()], settings, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const place = file === undefined ? "" : (files.get(file.fileName)?.place ?? file.fileName);
    return `${place} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

test("TypeScript", () => {
  const blocks = BLOCKS.filter(({ language }) => language === "ts");
  expect(blocks.length).toBeGreaterThan(10);
  expect(errorsIn(blocks)).toEqual([]);
}, 120_000);

test("a wrong prop is found, with its place", () => {
  const text = [
    `import { TerminatingGateway } from "${PACKAGE}/pulumi";`,
    'new TerminatingGateway("egress", { name: "egress", datacentre: "dc1" });',
  ].join("\n");
  const [error, ...more] = errorsIn([{ place: "page.md:7", page: "page.md", language: "ts", text }]);
  expect(error).toMatch(/^page\.md:7 .*'datacentre' does not exist/);
  expect(more).toEqual([]);
}, 120_000);

test.each(BLOCKS.filter(({ language }) => language === "json").map(({ place, text }) => [place, text]))(
  "%s is JSON",
  (_place, text) => {
    expect(() => JSON.parse(text)).not.toThrow();
  },
);
