// npm test: sets everything up, checks, runs all tests, closes with the count. Arguments go to jest: `npm test -- ads`.
// --fast leaves out what needs real parts or a package registry (test/real, test/package), and the check.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { check } from "./check.mjs";
import { listLeftovers } from "./leftovers.mjs";
import { getCheckers } from "./parts/get-checkers.mjs";
import { GO_PARTS, getGoPart } from "./parts/get-go-part.mjs";
import { getNpmPart, NPM_PARTS } from "./parts/get-npm-part.mjs";
import { exitCode, say } from "./progress.mjs";
import { ensureBuilt, ensureEnvoy, ensureInstalled, root } from "./set-up.mjs";

/** The real programs that tests ask for. Got before them, so that no test waits for a download or a compiler. */
const PARTS = [
  ["Envoy", () => ensureEnvoy()],
  ["Envoy 1.37.0, the oldest that is supported", () => ensureEnvoy("1.37.0")],
  ["Envoy 1.36.4, which must be refused", () => ensureEnvoy("1.36.4")],
  ["checkers of launch texts", () => getCheckers({ log: say })],
  ...Object.keys(GO_PARTS).map((name) => [name, () => getGoPart(name, { log: say })]),
  ...Object.keys(NPM_PARTS).map((name) => [name, () => getNpmPart(name, { log: say })]),
];

const strict = process.env.CI === "true";
const fast = process.argv.includes("--fast");
const rest = process.argv.slice(2).filter((argument) => argument !== "--fast");
const everything = !fast && rest.length === 0;
const total = { passed: 0, failed: 0, skipped: 0 };

try {
  await ensureInstalled();
  await ensureBuilt();
  if (everything) {
    await prepareParts();
    const { passed, failed } = await check();
    total.passed += passed.length;
    total.failed += failed.length;
  }
  const before = listLeftovers();
  await jest("parallel", `<rootDir>/test/${fast ? "(real|package)" : "real"}/`, "--maxWorkers=100%");
  // One after another: they start real programs on fixed ports.
  if (!fast) await jest("real", "<rootDir>/test/(?!real/)", "--runInBand");
  countLeftovers(before);
} catch (error) {
  say(error.message);
  total.failed += 1;
}
close();

/** A part that cannot be had leaves tests out: a failure of a strict run, said loudly in any other. */
async function prepareParts() {
  for (const [name, get] of PARTS) {
    try {
      say(`${name}: ${await get()}`);
    } catch (error) {
      say(`MISSING ${name}${strict ? "" : ", tests that need it will be skipped"}: ${error.message}`);
      if (strict) total.failed += 1;
    }
  }
}

/** One jest run over all files but those left out, added to the total. A file that did not even start is a failed test. */
async function jest(name, leftOut, workers) {
  say(`tests: ${name} …`);
  const results = join(root, ".cache/test", `${name}.json`);
  mkdirSync(join(root, ".cache/test"), { recursive: true });
  rmSync(results, { force: true });
  const program = join(root, "node_modules/jest/bin/jest.js");
  const output = ["--passWithNoTests", "--json", "--outputFile", results, ...(strict ? ["--ci"] : [])];
  // `workers` ends the list of patterns: what the user adds must not be taken for one more.
  const args = [program, ...output, "--testPathIgnorePatterns", leftOut, workers, ...rest];
  const code = await exitCode(process.execPath, args, { cwd: root, name: `jest ${name}` });
  const failedBefore = total.failed;
  if (existsSync(results)) {
    const found = JSON.parse(readFileSync(results, "utf8"));
    total.passed += found.numPassedTests;
    total.failed += found.numFailedTests + found.numRuntimeErrorTestSuites;
    total.skipped += found.numPendingTests + found.numTodoTests;
  }
  if (code !== 0 && total.failed === failedBefore) total.failed += 1;
}

function countLeftovers(before) {
  for (const [pid, command] of listLeftovers()) {
    if (before.has(pid)) continue;
    say(`LEFT RUNNING by a test: ${command} (pid ${pid})`);
    total.failed += 1;
  }
}

function close() {
  if (total.passed + total.failed === 0) {
    say("no test was run");
    process.exitCode = 1;
  }
  if (total.failed > 0) process.exitCode = 1;
  if (strict && total.skipped > 0) {
    say("tests were skipped, which is a failure under CI=true");
    process.exitCode = 1;
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
}
