// An empty project of a user with our tarball and the packages of one engine, as npm installs them.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Packed, ROOT } from "./packed";

/** Makes the project, with the engine's packages in the versions that we test with; returns its folder. */
export function install(packed: Packed, name: string, peers: readonly string[]): string {
  const dir = join(packed.dir, name);
  mkdirSync(dir);
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name, private: true }));
  const options = ["--no-save", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const packages = [packed.tarball, ...peers.map((peer) => `${peer}@${versionOf(peer)}`)];
  execFileSync("npm", ["install", ...options, ...packages], { cwd: dir, stdio: "pipe", timeout: 180_000 });
  return dir;
}

function versionOf(name: string): string {
  const text = readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Runs a program of that project; returns what it prints. */
export function runProgram(dir: string, file: string, text: string): string {
  writeFileSync(join(dir, file), text);
  return execFileSync(process.execPath, [file], { cwd: dir, encoding: "utf8", timeout: 60_000 });
}

/**
 * What the compiler says against a TypeScript program of that project, a line each. `node10` with CommonJS is what the
 * engines' project templates set.
 */
export function typeErrors(dir: string, text: string, resolution: "node10" | "node16"): readonly string[] {
  writeFileSync(join(dir, "main.ts"), text);
  const module = resolution === "node10" ? "commonjs" : "node16";
  const settings = ["--noEmit", "--pretty", "false", "--strict", "--skipLibCheck", "--target", "es2022"];
  const types = ["--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
  const resolving = ["--module", module, "--moduleResolution", resolution];
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const args = [tsc, ...settings, ...types, ...resolving, "main.ts"];
  const { stdout } = spawnSync(process.execPath, args, { cwd: dir, encoding: "utf8", timeout: 60_000 });
  return stdout.split("\n").filter((line) => line.startsWith("main.ts"));
}
