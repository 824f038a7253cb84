// examples/pulumi compiles, by the package's own name, and says the manifest of examples/cdktf, byte for byte.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Output } from "@pulumi/pulumi";
import * as ts from "typescript";
import { runProgram } from "./program";
import { known } from "./values";

jest.mock("consul-terminating-gateway/cdktf", () => jest.requireActual("../../../src/constructs/cdktf"), {
  virtual: true,
});
jest.mock("consul-terminating-gateway/pulumi", () => jest.requireActual("../../../src/constructs/pulumi"), {
  virtual: true,
});

const ROOT = join(__dirname, "..", "..", "..");

/** Runs `work` in the demo's environment, with CDKTF's output in a folder of its own. */
async function inDemo<T>(work: (outdir: string) => Promise<T>): Promise<T> {
  const outdir = mkdtempSync(join(tmpdir(), "tgw-example-"));
  const { env } = process;
  process.env = { ...env, CDKTF_OUTDIR: outdir, TGW_DEMO_DIR: "/certs", TGW_DEMO_PORT_BASE: "20900" };
  try {
    return await work(outdir);
  } finally {
    process.env = env;
    rmSync(outdir, { recursive: true });
  }
}

test("the same manifest from both", async () => {
  await inDemo(async (outdir) => {
    require("../../../examples/cdktf/main");
    const run = await runProgram(
      false,
      () => require("../../../examples/pulumi/index") as { manifest: Output<string> },
    );
    expect(run.failures).toEqual([]);
    const text = await known(run.result?.manifest);
    expect(text).toBe(readFileSync(join(outdir, "stacks", "egress", "egress.manifest.json"), "utf8"));
    expect(text).toContain('"address": "localhost"');
    expect(text).toContain('"port": 20905');
  });
});

test("it compiles against the sources, strictly", () => {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  const paths = { "consul-terminating-gateway/pulumi": [join(ROOT, "src", "constructs", "pulumi", "index.ts")] };
  const program = ts.createProgram([join(ROOT, "examples", "pulumi", "index.ts")], { ...options, paths });
  const messages = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  expect(messages).toEqual([]);
});

test("its packages are the ones that this package is tested with", () => {
  const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
  const { dependencies } = json("examples/pulumi/package.json");
  const { version, peerDependencies } = json("package.json");
  expect(dependencies["consul-terminating-gateway"]).toBe(`^${version}`);
  expect(Object.keys(dependencies).filter((name) => name.startsWith("@pulumi/"))).toEqual(
    Object.keys(peerDependencies).filter((name) => name.startsWith("@pulumi/")),
  );
});
