// Set-up that npm scripts share: packages, build, real Envoy. Each part does nothing when it is up to date.
// Only core modules here: it runs on a fresh clone, where nothing is installed.
import { createHash, randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, say } from "./progress.mjs";
import { putInPlace } from "./put-in-place.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const buildStamp = join(root, ".cache/build.stamp");

/** Installs what package-lock.json names, unless node_modules holds exactly that. */
export async function ensureInstalled() {
  requireNode();
  if (isInstalled()) return;
  say("installing packages (npm ci) …");
  await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, name: "npm ci" });
}

/** Generates the protocol code and compiles src into dist, unless dist was built from the present sources. */
export async function ensureBuilt({ force = false } = {}) {
  const stamp = hashOfSources();
  if (!force && existsSync(join(root, "dist")) && readIfThere(buildStamp) === stamp) return;
  say("building …");
  await run(process.execPath, ["tools/gen-proto.mjs"], { cwd: root, name: "gen-proto" });
  // Built aside and swapped in: a build that fails leaves the last one usable, and no file of a deleted source stays.
  const work = join(root, ".cache", `build-${randomUUID()}`);
  try {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    await run(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", work], { cwd: root, name: "tsc" });
    const schema = "model/manifest.schema.json";
    cpSync(join(root, "src", schema), join(work, schema));
    putInPlace(work, join(root, "dist"));
    writeFileSync(buildStamp, stamp);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Path of a real Envoy, from the cache or fetched. Without a version: ENVOY_PATH, PATH or the newest pinned one; with one,
 * exactly that. Throws an Error that says what to do.
 */
export async function ensureEnvoy(version) {
  const { getEnvoy } = await import("./parts/get-envoy.mjs");
  if (version === undefined) return getEnvoy({ log: say });
  const own = process.env.ENVOY_PATH;
  delete process.env.ENVOY_PATH;
  try {
    return await getEnvoy({ version, log: say });
  } finally {
    if (own !== undefined) process.env.ENVOY_PATH = own;
  }
}

function requireNode() {
  const oldest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines.node.replace(">=", "");
  const now = process.versions.node;
  if (now.localeCompare(oldest, "en", { numeric: true }) >= 0) return;
  throw new Error(`Node ${oldest} or newer is needed, this is ${now}`);
}

/** Asks each package itself: npm's own record of node_modules can differ from what is there. */
function isInstalled() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return Object.entries(packages).every(([path, { version, optional }]) => {
    if (path === "") return true;
    const manifest = readIfThere(join(root, path, "package.json"));
    return manifest === undefined ? optional === true : JSON.parse(manifest).version === version;
  });
}

function hashOfSources() {
  const hash = createHash("sha256");
  const own = ["package-lock.json", "tsconfig.json", "tsconfig.build.json", "tools/gen-proto.mjs", "tools/set-up.mjs"];
  for (const file of [...own, ...filesUnder("src")]) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

/** Generated code is left out: gen-proto keeps a stamp of its own. */
function filesUnder(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.name !== "gen")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesUnder(path) : [path];
    });
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

mkdirSync(join(root, ".cache"), { recursive: true });
