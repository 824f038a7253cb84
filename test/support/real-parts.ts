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

/** `describe` of what needs the part at `path`, skipped when there is none. */
export function describePart(name: string, path: string | undefined, tests: (path: string) => void): void {
  if (path !== undefined) describe(name, () => tests(path));
  else describe.skip(name, () => test("needs a real part", () => undefined));
}
