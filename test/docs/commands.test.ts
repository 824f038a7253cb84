// Every consul-tgw command of the pages is one that the command line has, with options that it has.

import { main } from "../../src/runtime/cli";
import { blocksOf, PAGES, type Page, proseOf } from "./pages";

/** What `consul-tgw <words> --help` prints. */
async function helpOf(...words: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const write = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  try {
    await main([...words, "--help"]);
  } finally {
    write.mockRestore();
  }
  return printed.join("");
}

/** Commands that a help names. */
const commandsOf = (help: string): readonly string[] =>
  [...help.matchAll(/^ {2}([a-z-]+) (?:\[|<| {2})/gm)]
    .map(({ 1: command = "" }) => command)
    .filter((each) => each !== "help" && !each.startsWith("-"));

/** Command, as `run` or `render compose` → its options, `""` for those of the program itself. */
const OPTIONS = new Map<string, ReadonlySet<string>>();
const optionsIn = (help: string): ReadonlySet<string> =>
  new Set([...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(({ 1: name = "" }) => name));

beforeAll(async () => {
  const help = await helpOf();
  OPTIONS.set("", optionsIn(help));
  for (const command of commandsOf(help)) {
    const own = await helpOf(command);
    OPTIONS.set(command, optionsIn(own));
    for (const form of commandsOf(own)) OPTIONS.set(`${command} ${form}`, optionsIn(await helpOf(command, form)));
  }
});

/** Command lines in the page's blocks and code spans, without what is passed on to Envoy and without comments. */
function commandsIn(page: Page): readonly string[] {
  const spans = [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(({ 1: text = "" }) => text);
  const shell = blocksOf(page).filter(({ language }) => ["", "sh"].includes(language));
  const lines = shell.flatMap(({ text }) => text.replaceAll(/\s*\\\n\s*/g, " ").split("\n"));
  return [...spans, ...lines]
    .map((line) => line.replace(/\s#.*$/, "").replace(/ -- .*$/, ""))
    .flatMap((line) => /(?:^|\s)consul-tgw( .+)/.exec(line)?.[1]?.trim() ?? []);
}

/** What is wrong with a command line: an unknown command or option. */
function mistakesIn(line: string): readonly string[] {
  const [first = "", second = ""] = line.split(/\s+/);
  const options = OPTIONS.get(`${first} ${second}`) ?? OPTIONS.get(first.startsWith("-") ? "" : first);
  if (options === undefined) return [`no command ${first}: ${line}`];
  const used = line.match(/(?<=\s|^)--[a-z-]+/g) ?? [];
  return used.filter((each) => !options.has(each)).map((each) => `no ${each}: ${line}`);
}

test("the command line has told its commands", () => {
  expect([...OPTIONS.keys()]).toEqual(expect.arrayContaining(["", "run", "validate", "status", "cert"]));
  expect([...(OPTIONS.get("run") ?? [])]).toEqual(
    expect.arrayContaining(["--manifest", "--consul-addr", "--token-file"]),
  );
});

test.each(PAGES.map((page) => [page.path, page] as const))("%s", (_path, page) => {
  expect(commandsIn(page).flatMap(mistakesIn)).toEqual([]);
});

test("commands are found in the guides, and wrong ones are named", () => {
  expect(PAGES.flatMap(commandsIn).length).toBeGreaterThan(10);
  const text =
    "Use `consul-tgw start`.\n```sh\nnpx consul-tgw run \\\n  --manifests x -- --log-level off  # --so\n```\n";
  expect(commandsIn({ path: "page.md", text }).flatMap(mistakesIn)).toEqual([
    "no command start: start",
    "no --manifests: run --manifests x",
  ]);
});
