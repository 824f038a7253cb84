// Real parts for tests: found or got by tools/parts. Without one a user's machine skips loudly, CI fails.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/**
 * Path of a real Envoy: ENVOY_PATH, PATH, the cache, or fetched by tools/parts/get-envoy.mjs. A test that asks for a
 * version gets that one whatever ENVOY_PATH says.
 * Undefined when it cannot be had, after one loud line; under CI=true that throws instead. Wrap it in describePart().
 */
export function realEnvoy(version?: string): string | undefined {
  const tool = join(__dirname, "../../tools/parts/get-envoy.mjs");
  const args = version === undefined ? [tool] : [tool, "--version", version];
  const { ENVOY_PATH, ...others } = process.env;
  const env = version === undefined ? process.env : others;
  try {
    // Progress and the reason of a failure go straight to standard error.
    return execFileSync(process.execPath, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
  } catch (error) {
    if (process.env.CI === "true") throw new Error("no real Envoy, see the line above", { cause: error });
    process.stderr.write(`SKIPPED: tests that need a real Envoy${version === undefined ? "" : ` ${version}`}\n`);
    return undefined;
  }
}

/** Path of a Consul server's binary at a version that tools/parts/get-go-part.mjs pins; undefined as for realEnvoy(). */
export function realConsul(version: "1.22.3" | "1.14.11" | "1.8.19"): string | undefined {
  return goPart(`consul-${version}`);
}

/** Path of the OpenTofu binary that the tests use; undefined as for realEnvoy(). */
export function realTofu(): string | undefined {
  return goPart("tofu-1.12.6");
}

/** Path of the Pulumi binary that the tests use; undefined as for realEnvoy(). */
export function realPulumi(): string | undefined {
  return goPart("pulumi-3.259.0");
}

/** Folder whose node_modules holds the command line of an engine; undefined as for realEnvoy(). */
export function realCli(name: "cdktf-cli-0.21.0" | "cdktn-cli-0.24.0"): string | undefined {
  return pinnedPart("get-npm-part.mjs", name);
}

/** Path of the program that checks Nomad jobs; undefined as for realEnvoy(). */
export function realNomadCheck(): string | undefined {
  return goPart("nomad-check");
}

/** Path of the SSH server that the tests use; undefined as for realEnvoy(). */
export function realSshServer(): string | undefined {
  return goPart("ssh-server");
}

/** Path of the program that makes PGP keys and encrypts as the Consul provider does; undefined as for realEnvoy(). */
export function realPgp(): string | undefined {
  return goPart("pgp");
}

function goPart(name: string): string | undefined {
  return pinnedPart("get-go-part.mjs", name);
}

function pinnedPart(getter: string, name: string): string | undefined {
  const tool = join(__dirname, "../../tools/parts", getter);
  try {
    return execFileSync(process.execPath, [tool, name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }).trim();
  } catch (error) {
    if (process.env.CI === "true") throw new Error(`no real ${name}, see the line above`, { cause: error });
    process.stderr.write(`SKIPPED: tests that need a real ${name}\n`);
    return undefined;
  }
}

/** `describe` of what needs the part at `path`, skipped when there is none. */
export function describePart(name: string, path: string | undefined, tests: (path: string) => void): void {
  if (path !== undefined) describe(name, () => tests(path));
  else describe.skip(name, () => test("needs a real part", () => undefined));
}
