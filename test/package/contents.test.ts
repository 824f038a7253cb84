// What npm pack puts into the package, and what publint and attw say about it.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Packed, pack, ROOT } from "./packed";

const ALLOWED = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|NOTICE)$/,
  /^bin\/consul-tgw\.js$/,
  /^dist\/model\/manifest\.schema\.json$/,
  /^dist\/(model|constructs\/(cdktf|cdktn|hcl|pulumi)|launch|runtime)\/([\w-]+\/)*[\w-]+\.(js|d\.ts)$/,
];
const NEEDED = [
  "package.json",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
  "NOTICE",
  "bin/consul-tgw.js",
  "dist/model/manifest.schema.json",
  ...[
    "model/index",
    "constructs/cdktf/index",
    "constructs/cdktn/index",
    "constructs/pulumi/index",
    "launch/render-launch",
    "runtime/index",
  ].flatMap((entry) => [`dist/${entry}.js`, `dist/${entry}.d.ts`]),
  "dist/runtime/cli.js",
  "dist/runtime/xds/gen/lean/envoy/config/listener/v3/listener_pb.js",
];
const MOST_BYTES = 2_500_000;

let packed: Packed;
beforeAll(() => {
  packed = pack();
}, 120_000);
afterAll(() => rmSync(packed.dir, { recursive: true, force: true }));

test("nothing is in the package that users do not need", () => {
  expect(packed.files.filter((path) => !ALLOWED.some((pattern) => pattern.test(path)))).toEqual([]);
  // Envoy's whole API is needed to compile and to test, not to run.
  expect(packed.files.filter((path) => path.includes("/gen/") && !path.includes("/gen/lean/"))).toEqual([]);
  expect(packed.unpackedBytes).toBeLessThan(MOST_BYTES);
});

test("everything is in the package that users need", () => {
  expect(NEEDED.filter((path) => !packed.files.includes(path))).toEqual([]);
});

/** What a checker prints, whether it is content or not. */
function program(name: string, ...args: readonly string[]): string {
  const options = { encoding: "utf8", timeout: 120_000, env: { ...process.env, NO_COLOR: "1" } } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "node_modules", name), ...args], options);
  return stdout + stderr;
}

test("publint finds nothing", () => {
  expect(program("publint/src/cli.js", "run", packed.tarball, "--strict")).toContain("All good!");
}, 120_000);

test("types resolve from CommonJS, ESM and bundlers, in old and new resolution", () => {
  const report = program("@arethetypeswrong/cli/dist/index.js", packed.tarball, "--format", "json");
  const { analysis } = JSON.parse(report) as { analysis: Analysis };
  expect(Object.keys(analysis.entrypoints)).toEqual([
    ".",
    "./cdktf",
    "./cdktn",
    "./pulumi",
    "./launch",
    "./runtime",
    "./schema.json",
    "./package.json",
  ]);
  expect(
    analysis.problems.map(({ kind, entrypoint = "", fileName = "" }) => `${kind} ${entrypoint}${fileName}`),
  ).toEqual([]);
}, 120_000);

/** Part of what attw prints. */
interface Analysis {
  readonly entrypoints: object;
  readonly problems: readonly { readonly kind: string; readonly entrypoint?: string; readonly fileName?: string }[];
}
