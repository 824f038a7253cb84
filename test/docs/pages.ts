// The pages for users, and what is in them: fenced blocks, code spans, links and headings.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(__dirname, "..", "..");

export interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

export interface Block {
  /** `<page>:<line>` of its first line. */
  readonly place: string;
  readonly page: string;
  /** What stands behind the fence: "ts", "sh"; empty where nothing does. */
  readonly language: string;
  readonly text: string;
}

const page = (path: string): Page => ({ path, text: readFileSync(join(ROOT, path), "utf8") });

const inFolder = (folder: string, file: RegExp): readonly string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((each) => file.test(each.name))
    .map(({ name }) => `${folder}/${name}`);

/** README.md and docs/*.md. */
export const GUIDES: readonly Page[] = ["README.md", ...inFolder("docs", /\.md$/)].map(page);

/** With the examples' own. */
export const PAGES: readonly Page[] = [
  ...GUIDES,
  ...inFolder("examples", /^[a-z-]+$/).map((folder) => page(`${folder}/README.md`)),
];

export function blocksOf({ path, text }: Page): readonly Block[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = "", 2: body = "", index }) => ({
    place: `${path}:${text.slice(0, index).split("\n").length + 1}`,
    page: path,
    language,
    text: body,
  }));
}

/** Without the fenced blocks. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(/^```.*?^```$/gms, "");
}

/** Anchors of a page's headings, as they are made where the page is read. */
export function anchorsOf(each: Page): readonly string[] {
  return [...proseOf(each).matchAll(/^#+ (.+)$/gm)].map(({ 1: heading = "" }) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9 _-]/g, "")
      .replaceAll(" ", "-"),
  );
}
