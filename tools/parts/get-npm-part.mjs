// Installs the engines' own command lines for tests, as npm's lock files beside this file pin them, into the user's cache;
// prints the folder's path. They are no dependencies of the package: 400 MB each, and one needs a newer Node of its own.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheDir, fillFolder } from "./cache.mjs";

/** By name; the folder of the same name under npm/ holds package.json and package-lock.json. `linux`: brings a Node for it. */
export const NPM_PARTS = {
  "cdktf-cli-0.21.0": { linux: false },
  "cdktn-cli-0.24.0": { linux: true },
};

const FOLDER = fileURLToPath(new URL("npm/", import.meta.url));
const FILES = ["package.json", "package-lock.json"];
const LIMIT_MS = 600_000;

const run = promisify(execFile);

/**
 * Path of the folder whose node_modules holds the part. Idempotent, and safe when several run at once. npm verifies what it
 * gets against the lock file. `log` gets progress, a line at a time. Throws an Error whose message says what to do.
 */
export async function getNpmPart(name, { log = () => {} } = {}) {
  const part = NPM_PARTS[name];
  if (part === undefined) throw new Error(`no such part: ${name} (there are: ${Object.keys(NPM_PARTS).join(", ")})`);
  const source = join(FOLDER, name);
  const hash = createHash("sha256");
  for (const file of FILES) hash.update(await readFile(join(source, file)));
  const folder = join(cacheDir(), "npm", name);
  const stamp = `${name} ${hash.digest("hex")}\n`;
  await fillFolder({ folder, stamp, fill: (_work, ready) => install({ name, part, source, ready, log }) });
  return folder;
}

async function install({ name, part, source, ready, log }) {
  if (part.linux && (process.platform !== "linux" || process.arch !== "x64")) {
    throw new Error(`${name} brings a Node for linux x64 only, this is ${process.platform} ${process.arch}`);
  }
  log(`installing ${name} with npm (about 400 MB, half a minute, once) …`);
  for (const file of FILES) await copyFile(join(source, file), join(ready, file));
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  try {
    await run("npm", args, { cwd: ready, timeout: LIMIT_MS });
  } catch (error) {
    throw new Error(`npm could not install ${name}:\n${String(error.stderr || error).trim()}`);
  }
  log(`${name} is ready`);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const names = process.argv.slice(2);
    if (names.length === 0) throw new Error(`which part? ${Object.keys(NPM_PARTS).join(", ")}`);
    for (const name of names) console.log(await getNpmPart(name, { log: (line) => console.error(line) }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
