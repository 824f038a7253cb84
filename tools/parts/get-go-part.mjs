// Builds the real parts that are Go programs (Consul servers, OpenTofu, Pulumi, and small programs of our own around real
// libraries) for tests, at pinned versions, into the user's cache; prints the binary's path. The Go toolchain verifies every
// module against the go.sum beside each go.mod.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { cacheDir, fillFolder } from "./cache.mjs";

const CONSUL = { binary: "consul", package: "github.com/hashicorp/consul" };

/** By name; the folder of the same name under go/ holds go.mod, go.sum and, for the package ".", its program. `minutes`: about how long the first build takes. */
export const GO_PARTS = {
  "consul-1.22.3": { ...CONSUL, minutes: 7 },
  "consul-1.14.11": { ...CONSUL, minutes: 4 },
  "consul-1.8.19": { ...CONSUL, minutes: 4 },
  "tofu-1.12.6": { binary: "tofu", package: "github.com/opentofu/opentofu/cmd/tofu", minutes: 3 },
  "pulumi-3.259.0": {
    binary: "pulumi",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    // Without its version the Automation API refuses the binary.
    ldflags: "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0",
    minutes: 9,
  },
  // The last version under an open licence is of 2023; what we write has not changed since.
  "nomad-check": { binary: "nomad-check", package: ".", minutes: 3 },
  "ssh-server": { binary: "ssh-server", package: ".", minutes: 1 },
  pgp: { binary: "pgp", package: ".", minutes: 1 },
};

const STATUS_EVERY_MS = 10_000;
const FOLDER = fileURLToPath(new URL("go/", import.meta.url));

/**
 * Path of the binary of a Go part, built when the cache does not have it. Idempotent, and safe when several run at once.
 * `log` gets progress, a line at a time. Throws an Error whose message says what to do.
 */
export async function getGoPart(name, { log = () => {} } = {}) {
  const part = GO_PARTS[name];
  if (part === undefined) throw new Error(`no such part: ${name} (there are: ${Object.keys(GO_PARTS).join(", ")})`);
  const source = join(FOLDER, name);
  const ldflags = ["-s -w", part.ldflags ?? ""].join(" ").trim();
  const folder = join(cacheDir(), "go", name);
  const stamp = `${part.package} ${await hashOf(source)} ${ldflags}\n`;
  await fillFolder({ folder, stamp, fill: (_work, ready) => build({ name, part, source, ldflags, ready, log }) });
  return join(folder, part.binary);
}

async function hashOf(source) {
  const hash = createHash("sha256");
  for (const file of (await readdir(source)).toSorted()) hash.update(await readFile(join(source, file)));
  return hash.digest("hex");
}

async function build({ name, part, source, ldflags, ready, log }) {
  requireGo(name);
  log(`building ${name} with Go (about ${part.minutes} minutes the first time on two cores, once) …`);
  const args = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", `-ldflags=${ldflags}`];
  const started = Date.now();
  await goBuild([...args, "-o", join(ready, part.binary), part.package], source, started, log);
  log(`${name} is ready after ${elapsed(started)}`);
}

function goBuild(args, cwd, started, log) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, CGO_ENABLED: "0", GOWORK: "off" };
    const child = spawn("go", args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    let downloads = 0;
    const errors = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (line.startsWith("go: downloading ")) downloads += 1;
      else errors.push(line);
    });
    const tell = () => log(`  … ${elapsed(started)}, ${downloads} modules downloaded, Go is still at work`);
    const status = setInterval(tell, STATUS_EVERY_MS);
    child.once("error", (error) => {
      clearInterval(status);
      reject(error);
    });
    child.once("close", (code) => {
      clearInterval(status);
      if (code === 0) return resolve();
      reject(new Error(`go build failed in ${cwd} (exit ${code}):\n${errors.slice(-20).join("\n")}`));
    });
  });
}

function requireGo(name) {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
  } catch {
    throw new Error(`building ${name} needs the Go toolchain (go >= 1.21 on PATH, which gets newer ones by itself)`);
  }
}

function elapsed(started) {
  return `${Math.round((Date.now() - started) / 1000)} s`;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const names = process.argv.slice(2);
    if (names.length === 0) throw new Error(`which part? ${Object.keys(GO_PARTS).join(", ")}`);
    for (const name of names) console.log(await getGoPart(name, { log: (line) => console.error(line) }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
