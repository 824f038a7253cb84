// Versions: read from real texts, refused or warned about.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { formatVersion, knownHoles, MIN_ENVOY, parseVersion, refusalReason } from "../../../src/runtime/envoy/version";

const read = (text: string) => {
  const version = parseVersion(text);
  if (version === undefined) throw new Error(`no version in ${text}`);
  return version;
};

test.each([
  ["\nenvoy  version: 9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL\n\n", "1.40.0"],
  ["/usr/bin/envoy  version: 0ebfcfe5b0484b89ca85b761da9e05ce75dbda8d/1.38.3/Modified/RELEASE/BoringSSL", "1.38.3"],
  ["envoy  version: 0ebfcfe5/1.41.0-dev/Clean/RELEASE/BoringSSL-FIPS", "1.41.0"],
])("reads %j", (text, version) => {
  expect(formatVersion(read(text))).toBe(version);
});

test.each(["", "nginx version: nginx/1.22.1", "envoy  version: 9e55809/1.40/Clean"])("finds none in %j", (text) => {
  expect(parseVersion(text)).toBeUndefined();
});

test.each([
  [{ major: 1, minor: 36, patch: 9 }, true],
  [{ major: 1, minor: 37, patch: 0 }, false],
  [{ major: 1, minor: 40, patch: 0 }, false],
  [{ major: 2, minor: 0, patch: 0 }, false],
  [{ major: 0, minor: 99, patch: 0 }, true],
])("%j refused: %s", (version, refused) => {
  expect(refusalReason(version) !== undefined).toBe(refused);
});

test("1.36 is refused with the reason", () => {
  expect(refusalReason({ major: 1, minor: 36, patch: 4 })).toBe(
    "Envoy 1.36.4 ignores upstream_connect_mode without an error: external services would see connections from callers that were never authenticated",
  );
});

test.each<[number, number, readonly string[]]>([
  [37, 0, ["CVE-2026-26308", "CVE-2026-47778", "CVE-2026-73553"]],
  [37, 2, ["CVE-2026-47778", "CVE-2026-73553"]],
  [37, 6, []],
  [38, 0, ["CVE-2026-47778", "CVE-2026-73553"]],
  [38, 3, ["CVE-2026-73553"]],
  [38, 4, []],
  [39, 0, ["CVE-2026-73553"]],
  [39, 1, []],
  [40, 0, []],
])("known holes of 1.%i.%i", (minor, patch, cves) => {
  const holes = knownHoles({ major: 1, minor, patch });
  expect(holes.map((hole) => /CVE-\d+-\d+/.exec(hole)?.[0])).toEqual(cves);
});

test("the tool that gets Envoy passes over the same old versions on PATH", () => {
  const tool = join(__dirname, "../../../tools/parts/get-envoy.mjs");
  const script = `import(${JSON.stringify(tool)}).then((m) => process.stdout.write(m.OLDEST_ON_PATH))`;
  expect(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })).toBe(formatVersion(MIN_ENVOY));
});
