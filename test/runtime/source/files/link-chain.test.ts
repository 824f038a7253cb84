import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { linkChain } from "../../../../src/runtime/source/files/link-chain";
import { makeTempDir } from "../support";

/** Entries below the temporary directory, as paths relative to it. */
async function chainOf(dir: string, path: string): Promise<string[]> {
  const chain = await linkChain(join(dir, path));
  return chain.map((entry) => join(entry.dir, entry.name).replace(`${dir}/`, ""));
}

it.each<[string, (dir: string) => void, string, string[]]>([
  ["a plain file", (dir) => writeFileSync(join(dir, "a.pem"), ""), "a.pem", ["a.pem"]],
  ["an absent file", () => undefined, "a.pem", ["a.pem"]],
  ["an absent directory: its first missing part", () => undefined, "x/y/a.pem", ["x"]],
  [
    "a link to a file in another directory",
    (dir) => {
      mkdirSync(join(dir, "v1"));
      writeFileSync(join(dir, "v1/a.pem"), "");
      symlinkSync("v1/a.pem", join(dir, "a.pem"));
    },
    "a.pem",
    ["a.pem", "v1/a.pem"],
  ],
  [
    "Kubernetes' ..data",
    (dir) => {
      mkdirSync(join(dir, "..2030_01"));
      writeFileSync(join(dir, "..2030_01/a.pem"), "");
      symlinkSync("..2030_01", join(dir, "..data"));
      symlinkSync("..data/a.pem", join(dir, "a.pem"));
    },
    "a.pem",
    ["a.pem", "..data", "..2030_01/a.pem"],
  ],
  [
    "a linked directory on the way, by absolute path and with ..",
    (dir) => {
      mkdirSync(join(dir, "real/deep"), { recursive: true });
      writeFileSync(join(dir, "real/a.pem"), "");
      symlinkSync(join(dir, "real/deep/.."), join(dir, "current"));
    },
    "current/a.pem",
    ["current", "real/a.pem"],
  ],
  ["a dangling link", (dir) => symlinkSync("gone/a.pem", join(dir, "a.pem")), "a.pem", ["a.pem", "gone"]],
])("%s", async (_name, make, path, expected) => {
  const dir = makeTempDir();
  make(dir);
  expect(await chainOf(dir, path)).toEqual(expected);
});

it("ends on a circle of links", async () => {
  const dir = makeTempDir();
  symlinkSync("b", join(dir, "a"));
  symlinkSync("a", join(dir, "b"));
  const chain = await chainOf(dir, "a");
  expect(new Set(chain)).toEqual(new Set(["a", "b"]));
});
