// Finds cloud-init's own JSON schema of user data: in an installed cloud-init, or in the package of Debian or Ubuntu, which
// apt-get verifies, unpacked into the user's cache. Prints its path. No language's package registry has it.
import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { access, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheDir, fillFolder } from "./cache.mjs";

const SCHEMA = "usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json";
const run = promisify(execFile);

/** Path of the schema. Idempotent. Throws an Error that says what to do. */
export async function getCloudInitSchema({ log = () => {} } = {}) {
  const installed = join("/", SCHEMA);
  if (await isThere(installed)) return installed;
  const folder = join(cacheDir(), "cloud-init");
  const fill = async (work, ready) => {
    log("getting the package cloud-init with apt-get (0.6 MB, once) …");
    await unpack(work);
    await rename(join(work, SCHEMA), join(ready, "schema.json"));
  };
  await fillFolder({ folder, stamp: "cloud-init of the distribution\n", fill });
  return join(folder, "schema.json");
}

async function unpack(work) {
  try {
    await run("apt-get", ["download", "cloud-init"], { cwd: work });
    const name = (await readdir(work)).find((each) => each.endsWith(".deb"));
    await run("dpkg-deb", ["--extract", name, work], { cwd: work });
  } catch (error) {
    const reason = String(error.stderr ?? error.message).trim();
    throw new Error(`no schema of cloud-init (install cloud-init, or run apt-get update): ${reason}`);
  }
}

const isThere = (path) =>
  access(path).then(
    () => true,
    () => false,
  );

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(await getCloudInitSchema({ log: (line) => console.error(line) }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
