// npm test: sets everything up, checks, runs all tests, closes with the count. Arguments go to jest: `npm test -- ads`.
// --fast leaves out what needs real parts or a package registry (test/real, test/package), and the check.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
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
const total = { passed: 0, failed: 0, skipped: 0, again: [] };
/** More files than this fail for one reason. */
const MOST_AGAIN = 3;
/** Stands for a run that failed without a file to blame. */
const NO_FILE = "";

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

/**
 * One jest run over all files but those left out, added to the total. Real parts on a busy machine: the few files that failed
 * there are run once more, and the closing line tells of it. What fails again has failed.
 */
async function jest(name, leftOut, workers) {
  say(`tests: ${name} …`);
  // `workers` ends the list of patterns: what the user adds must not be taken for one more.
  const files = await runJest(name, ["--testPathIgnorePatterns", leftOut, workers, ...rest]);
  const failed = [...files].filter(([, { failed }]) => failed > 0).map(([file]) => file);
  if (name === "real" && failed.length > 0 && failed.length <= MOST_AGAIN && !failed.includes(NO_FILE)) {
    say(`once more: ${failed.map((file) => relative(root, file)).join(", ")}`);
    const second = await runJest(`${name}-again`, ["--runInBand", "--runTestsByPath", ...failed]);
    for (const [file, counts] of second) {
      if (counts.failed === 0 && files.has(file)) total.again.push(relative(root, file));
      files.set(file, counts);
    }
  }
  for (const { passed, failed, skipped } of files.values()) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
}

/** Counts by file. A file that did not even start is a failed test, and so is a run that fails without one. */
async function runJest(name, ownArgs) {
  const results = join(root, ".cache/test", `${name}.json`);
  mkdirSync(join(root, ".cache/test"), { recursive: true });
  rmSync(results, { force: true });
  const program = join(root, "node_modules/jest/bin/jest.js");
  const output = ["--passWithNoTests", "--json", "--outputFile", results, ...(strict ? ["--ci"] : [])];
  const code = await exitCode(process.execPath, [program, ...output, ...ownArgs], { cwd: root, name: `jest ${name}` });
  const read = existsSync(results) ? JSON.parse(readFileSync(results, "utf8")).testResults : [];
  const files = new Map(read.map((each) => [each.name, countsOf(each)]));
  const hasFailed = [...files.values()].some(({ failed }) => failed > 0);
  if (code !== 0 && !hasFailed) files.set(NO_FILE, { passed: 0, failed: 1, skipped: 0 });
  return files;
}

function countsOf({ status, assertionResults }) {
  const count = (...wanted) => assertionResults.filter((each) => wanted.includes(each.status)).length;
  const failed = count("failed");
  return {
    passed: count("passed"),
    failed: status === "failed" && failed === 0 ? 1 : failed,
    skipped: count("pending", "skipped", "disabled", "todo"),
  };
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
  for (const file of total.again) say(`FAILED ONCE, passed alone: ${file}`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
}
