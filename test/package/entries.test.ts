// Each entry loads its own packages and nothing else, and works where the packages of the other entries are absent.
import { spawnSync } from "node:child_process";
import { PACKAGE, ROOT } from "./packed";

const ENGINES = {
  cdktf: ["cdktf", "constructs", "@cdktf/provider-consul"],
  cdktn: ["cdktn", "constructs"],
  pulumi: ["@pulumi/pulumi", "@pulumi/consul"],
  runtime: ["@peculiar/x509", "aws4", "commander", "pino", "reflect-metadata"],
};
type Engine = keyof typeof ENGINES;

/** Loads an entry where `absent` packages cannot be found; prints its exports and the packages that our files asked for. */
const PROGRAM = `
const Module = require("node:module");
const [entry, absent] = JSON.parse(process.argv[1]);
const asked = new Set();
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const name = /^(@[^/]+\\/)?[^/]+/.exec(request)[0];
  if (absent.includes(name)) throw Object.assign(new Error("absent: " + request), { code: "MODULE_NOT_FOUND" });
  if (parent?.filename?.includes("/dist/") && !/node_modules/.test(parent.filename) && !Module.isBuiltin(request)) {
    if (!request.startsWith(".")) asked.add(name);
  }
  return resolve.call(this, request, parent, ...rest);
};
const names = Object.keys(require(entry));
console.log(JSON.stringify({ names, asked: [...asked] }));
`;

function load(entry: string, engine: Engine | undefined): { names: string[]; asked: string[] } {
  const own: readonly string[] = engine === undefined ? [] : ENGINES[engine];
  const absent = Object.values(ENGINES).flatMap((packages) => packages.filter((name) => !own.includes(name)));
  const argument = JSON.stringify([`${PACKAGE}${entry}`, absent]);
  const options = { cwd: ROOT, encoding: "utf8", timeout: 30_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", PROGRAM, argument], options);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as { names: string[]; asked: string[] };
}

const CONSTRUCTS = ["ExternalNode", "ExternalService", "GatewayProcess", "TerminatingGateway"];

test.each([
  ["", undefined, ["validate", "plan"]],
  ["/cdktf", "cdktf", CONSTRUCTS],
  ["/cdktn", "cdktn", CONSTRUCTS],
  ["/pulumi", "pulumi", CONSTRUCTS],
  ["/launch", undefined, ["renderLaunch"]],
  ["/runtime", "runtime", ["startRuntime"]],
  ["/schema.json", undefined, ["$schema"]],
  ["/package.json", undefined, ["exports"]],
] as const)("entry %p loads only what it needs", (entry, engine, names) => {
  const loaded = load(entry, engine);
  expect(loaded.names).toEqual(expect.arrayContaining([...names]));
  expect(loaded.asked.filter((name) => engine === undefined || !ENGINES[engine].includes(name))).toEqual([]);
});

test("the runtime's libraries for its own CA and for AWS are loaded when they are needed, not at the start", () => {
  const { asked } = load("/runtime", "runtime");
  expect(asked.filter((name) => ["@peculiar/x509", "reflect-metadata", "aws4"].includes(name))).toEqual([]);
});

test("an entry fails where its own packages are absent, so the test above can fail", () => {
  expect(() => load("/cdktf", "pulumi")).toThrow(/absent: (cdktf|constructs|@cdktf)/);
});

test("files that are no entry cannot be imported", () => {
  expect(() => load("/dist/model/plan.js", undefined)).toThrow("ERR_PACKAGE_PATH_NOT_EXPORTED");
});
