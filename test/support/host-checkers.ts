// Checkers of launch texts that come with some Linux distributions only. Without one its tests are skipped after a loud line,
// in CI as well: not every machine can have them.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { describePart } from "./real-parts";

/** `describe` of what needs systemd's own checker. */
export function describeSystemd(name: string, tests: () => void): void {
  const { status } = spawnSync("systemd-analyze", ["--version"], { stdio: "ignore" });
  describePart(name, status === 0 ? "systemd-analyze" : missing("systemd-analyze"), tests);
}

/** `describe` of what needs cloud-init's own schema, which `tests` get the path of. */
export function describeCloudInit(name: string, tests: (schema: string) => void): void {
  const tool = join(__dirname, "../../tools/parts/get-cloud-init-schema.mjs");
  const found = spawnSync(process.execPath, [tool], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  describePart(name, found.status === 0 ? found.stdout.trim() : missing("cloud-init's schema"), tests);
}

function missing(what: string): undefined {
  process.stderr.write(`SKIPPED: tests that need ${what}\n`);
  return undefined;
}

/** What systemd has against a unit of this name, kept in `folder` for it; "" for nothing. */
export function unitMistakes(folder: string, name: string, unit: string): string {
  const path = join(folder, name);
  writeFileSync(path, unit);
  const { stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", path], { encoding: "utf8" });
  return stdout + stderr;
}

/** systemd's own judgement of how exposed a unit's process is, from 0 to 10. */
export function unitExposure(folder: string, name: string): number {
  const path = join(folder, name);
  const told = execFileSync("systemd-analyze", ["security", "--offline=true", path], { encoding: "utf8" });
  return Number(/Overall exposure level for \S+: ([\d.]+)/.exec(told)?.[1]);
}

/** What cloud-init's schema has against user data; [] for nothing. */
export function cloudConfigMistakes(schema: string, userData: unknown): readonly string[] {
  const { $schema: _, ...document } = JSON.parse(readFileSync(schema, "utf8")) as Record<string, unknown>;
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(document);
  validate(userData);
  return (validate.errors ?? []).map((each) => `${each.instancePath} ${each.message} ${JSON.stringify(each.params)}`);
}
