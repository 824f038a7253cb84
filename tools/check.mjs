// npm run check: format and lint, dependency rules, types. Every step runs even when one before it failed.

import { realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCode, say } from "./progress.mjs";
import { ensureBuilt, ensureInstalled, root } from "./set-up.mjs";

const STEPS = [
  ["format and lint", "@biomejs/biome/bin/biome", ["ci", "--colors=off"]],
  ["dependency rules", "dependency-cruiser/bin/dependency-cruise.mjs", ["--output-type", "err", "src", "examples"]],
  [
    "types",
    "typescript/bin/tsc",
    ["-p", "tsconfig.json", "--incremental", "--tsBuildInfoFile", ".cache/types.tsbuildinfo"],
  ],
];

/** Runs every step; resolves with the names of those that passed and failed. Needs the packages and the build. */
export async function check() {
  const passed = [];
  const failed = [];
  for (const [name, program, args] of STEPS) {
    const path = join(root, "node_modules", program);
    const code = await exitCode(process.execPath, [path, ...args], { cwd: root, name });
    say(`${name}: ${code === 0 ? "ok" : "FAILED"}`);
    (code === 0 ? passed : failed).push(name);
  }
  return { passed, failed };
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await ensureInstalled();
    await ensureBuilt();
    if ((await check()).failed.length > 0) process.exitCode = 1;
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
