// What no file of the project may be or hold. Style that the linter can judge is left to it (biome.jsonc).
import { projectFiles, textOf } from "./sources";

const SELF = "test/rules/files.test.ts";
const files = projectFiles();
const code = files.filter((path) => path !== SELF && /\.(c|m)?[jt]s$/.test(path));
const text = files.filter((path) => !/\.(png|ico|tgz|gz)$/.test(path) && path !== SELF);

/** Every match in these files, as `path:line: match`. */
function find(paths: readonly string[], pattern: RegExp): readonly string[] {
  return paths.flatMap((path) =>
    textOf(path)
      .split("\n")
      .flatMap((line, at) => {
        const match = pattern.exec(line);
        return match === null ? [] : [`${path}:${at + 1}: ${match[0]}`];
      }),
  );
}

test.each([
  ["src", 200],
  ["tools", 200],
  ["examples", 200],
  ["test", 300],
])("files of %s have at most %d lines", (folder, limit) => {
  const sizes = code.filter((path) => path.startsWith(`${folder}/`)).map((path) => [path, lines(path)] as const);
  expect(sizes.filter(([, size]) => size > limit).map(([path, size]) => `${path}: ${size}`)).toEqual([]);
});

const lines = (path: string): number => textOf(path).trimEnd().split("\n").length;

test("no lint rule about types or tests is switched off in a file", () => {
  // A test may plant what the types forbid.
  const ours = code.filter((path) => !path.startsWith("test/"));
  expect(find(ours, /biome-ignore.*noExplicitAny/)).toEqual([]);
  expect(find(code, /biome-ignore.*(noDefaultExport|noFocusedTests|noSkippedTests)/)).toEqual([]);
  expect(find(code, /@ts-(ignore|nocheck)/)).toEqual([]);
});

test("nothing is left for later without being said elsewhere", () => {
  expect(find(code, /\b(TODO|FIXME|XXX)\b/)).toEqual([]);
});

test("no path of one machine", () => {
  expect(find(text, /(?<![\w.~-])\/(root|work|Users|home\/[a-z]+)\/[\w.]+/)).toEqual([]);
});

test("no address of a package registry", () => {
  const hosts = /registry\.(npmjs|yarnpkg)|pypi\.org|pythonhosted|(proxy|sum)\.golang|deb\.debian|repo\d?\.maven/i;
  expect(find(text, hosts)).toEqual([]);
  expect(find(text, /(index-url|registry|GOPROXY|GOSUMDB)[ =:"]+https?:/i)).toEqual([]);
});

test("the lock file holds no download address", () => {
  expect(find(["package-lock.json"], /"resolved"|https?:\/\/[^"]*\.tgz/)).toEqual([]);
  expect(textOf(".npmrc")).toContain("omit-lockfile-registry-resolved=true\n");
});

test("the license and version are told once", () => {
  const { version, license } = JSON.parse(textOf("package.json")) as { version: string; license: string };
  const lock = JSON.parse(textOf("package-lock.json")) as { version: string };
  expect(lock.version).toBe(version);
  expect(textOf("src/model/version.ts")).toContain(`export const VERSION = "${version}";`);
  expect(license).toBe("Apache-2.0");
  expect(textOf("LICENSE")).toContain("Version 2.0, January 2004");
});

test("changelog fragments have a kind", () => {
  const fragments = files.filter((path) => path.startsWith("changes/") && path !== "changes/README.md");
  expect(fragments.filter((path) => !/^changes\/[a-z0-9-]+\.(added|changed|fixed|removed)\.md$/.test(path))).toEqual(
    [],
  );
});
