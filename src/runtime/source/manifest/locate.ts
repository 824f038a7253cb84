// Path → documents that may hold manifests: a file, standard input, or the output directory of CDKTF.

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Issue } from "../../../model/issues";
import { readText } from "../files/read-text";
import { type Found, findManifests } from "./shapes";

/** A manifest and where it was found. */
export interface Candidate extends Found {
  readonly shape: string;
  readonly file: string;
  /** Stack of a CDKTF output; "" elsewhere. */
  readonly stack: string;
}

export interface Located {
  /** Everything that was read or looked for: a change of any may change the answer. */
  readonly files: readonly string[];
  /** Shapes of the documents read, for messages. */
  readonly shapes: readonly string[];
  readonly candidates: readonly Candidate[];
  readonly issues: readonly Issue[];
}

/** Room for some ten thousand services. */
const MOST_BYTES = 64 * 1024 * 1024;

/** `stdin` gives the text for the path `-`. */
export async function locate(path: string, stdin: () => Promise<string>): Promise<Located> {
  if (path === "-") return fromText("standard input", await stdin(), "");
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory() !== true) return fromFile(path, "");
  const nested = join(path, "cdktf.out");
  const isProject = (await stat(nested).catch(() => undefined))?.isDirectory() === true;
  const located = await fromOutput(isProject ? nested : path);
  return { ...located, files: [...located.files, nested] };
}

/** `cdktf.out`: manifest.json names the stacks. */
async function fromOutput(dir: string): Promise<Located> {
  const index = join(dir, "manifest.json");
  const read = await readText(index, MOST_BYTES);
  const stacks = "text" in read ? stacksOf(read.text) : undefined;
  if (stacks === undefined) {
    const got = "problem" in read ? read.problem : "a manifest.json that is not CDKTF's";
    const hint = "run cdktf synth, and pass its output directory or the project that contains it";
    return failed([index], { path: dir, got, allowed: "a cdktf.out directory", hint });
  }
  const parts = await Promise.all(stacks.map((stack) => fromStack(stack.name, join(dir, stack.file))));
  return {
    files: [index, ...parts.flatMap((part) => part.files)],
    shapes: parts.flatMap((part) => part.shapes),
    candidates: parts.flatMap((part) => part.candidates),
    issues: parts.flatMap((part) => part.issues),
  };
}

/** A stack's configuration, where each gateway's own `<gateway>.manifest.json` beside it is preferred. */
async function fromStack(stack: string, file: string): Promise<Located> {
  const configuration = await fromFile(file, stack);
  const dir = join(file, "..");
  const names = await readdir(dir).catch((): string[] => []);
  const own = names.filter((name) => name.endsWith(".manifest.json")).sort();
  const parts = await Promise.all(own.map((name) => fromFile(join(dir, name), stack)));
  const preferred = parts.flatMap((part) => part.candidates);
  const rest = configuration.candidates.filter(({ gateway }) => !preferred.some((each) => each.gateway === gateway));
  // Where synthesis would write it next time.
  const expected = configuration.candidates.map(({ gateway }) => `${gateway.replaceAll("/", "-")}.manifest.json`);
  return {
    files: [file, ...new Set([...own, ...expected].map((name) => join(dir, name)))],
    shapes: [...configuration.shapes, ...parts.flatMap((part) => part.shapes)],
    candidates: [...preferred, ...rest],
    issues: [...configuration.issues, ...parts.flatMap((part) => part.issues)],
  };
}

async function fromFile(file: string, stack: string): Promise<Located> {
  const read = await readText(file, MOST_BYTES);
  if ("text" in read) return { ...fromText(file, read.text, stack), files: [file] };
  const allowed = "a readable manifest file or cdktf.out directory";
  return failed([file], { path: file, got: read.problem, allowed, hint: "correct the path or the file's permissions" });
}

/** The candidates of one document; `file` is what messages call it. */
export function fromText(file: string, text: string, stack: string): Located {
  const document = parseDocument(text);
  if (document === undefined) {
    const got = text.trim() === "" ? "nothing" : "text that is not JSON";
    const hint = "pass a manifest, or the JSON output of Terraform or Pulumi";
    return failed([], { path: file, got, allowed: "one JSON document", hint });
  }
  const { shape, found } = findManifests(document.value);
  const candidates = found.map((each) => ({ ...each, shape, file, stack }));
  return { files: [], shapes: [shape], candidates, issues: [] };
}

/** JSON, after any lines of warnings that a tool printed before it (OpenTofu does so on standard output). */
function parseDocument(text: string): { readonly value: unknown } | undefined {
  const starts = [0, text.search(/^\{/m)].filter((start) => start >= 0);
  for (const start of starts) {
    try {
      return { value: JSON.parse(text.slice(start)) };
    } catch {
      // The parser's message quotes the text, which may hold secrets: it is not passed on.
    }
  }
  return undefined;
}

function stacksOf(text: string): readonly { readonly name: string; readonly file: string }[] | undefined {
  const index = parseDocument(text)?.value as { stacks?: Record<string, { synthesizedStackPath?: unknown }> } | null;
  if (typeof index?.stacks !== "object" || index.stacks === null) return undefined;
  return Object.entries(index.stacks).map(([name, stack]) => ({
    name,
    file: typeof stack?.synthesizedStackPath === "string" ? stack.synthesizedStackPath : `stacks/${name}/cdk.tf.json`,
  }));
}

function failed(files: readonly string[], issue: Issue): Located {
  return { files, shapes: [], candidates: [], issues: [issue] };
}
