// examples/org-module compiles, by the packages' own names; the team's stack has the organisation's defaults, and what the
// organisation forbids is told at synth, all at once.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ts from "typescript";
import { decodeManifest } from "../../../src/model/manifest";

jest.mock("consul-terminating-gateway/cdktf", () => jest.requireActual("../../../src/constructs/cdktf"), {
  virtual: true,
});
jest.mock("@example/egress", () => jest.requireActual("../../../examples/org-module/src"), { virtual: true });

const ROOT = join(__dirname, "..", "..", "..");

/** Runs the team's program; gives its manifest, or what synth said. */
function runConsumer(env: Readonly<Record<string, string>>): { readonly manifest?: unknown; readonly error?: string } {
  const outdir = mkdtempSync(join(tmpdir(), "tgw-org-"));
  const before = process.env;
  process.env = { ...before, CDKTF_OUTDIR: outdir, ...env };
  try {
    jest.isolateModules(() => require("../../../examples/org-module/consumer/main"));
    const path = join(outdir, "stacks/payments/egress-payments-prod.manifest.json");
    return existsSync(path) ? { manifest: JSON.parse(readFileSync(path, "utf8")) } : {};
  } catch (error) {
    return { error: String(error) };
  } finally {
    process.env = before;
    rmSync(outdir, { recursive: true, force: true });
  }
}

test("the organisation's name, port, metadata and TLS", () => {
  const { manifest } = runConsumer({});
  const model = decodeManifest(manifest);
  if (!model.ok) throw new Error(JSON.stringify(model.error));
  const { name, bind, meta, services } = model.value;
  expect({ name, bind, meta }).toEqual({
    name: "egress-payments-prod",
    bind: { address: "0.0.0.0", port: 8443 },
    meta: { owner: "payments@example.com", team: "payments" },
  });
  expect(services.map((each) => [each.name, each.upstream])).toEqual([
    ["cards", { mode: "tls", caFile: "/etc/ssl/example/ca.pem", insecureSkipVerify: false }],
    ["ledger", { mode: "tls", caFile: "/etc/ssl/example/ca.pem", insecureSkipVerify: false }],
  ]);
});

test("a linked service cannot get round the rules", () => {
  const { error = "" } = runConsumer({ TGW_BREAK: "1" });
  const lines = error.split("\n").flatMap((line) => /\[payments\/[^\]]*\] (.*): got/.exec(line)?.[1] ?? []);
  expect(lines).toEqual([
    'services["legacy"].plaintext',
    'services["legacy"].allowFrom',
    'services["legacy"].instances[0].address',
  ]);
});

test("it compiles against the sources, strictly", () => {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  const paths = { "consul-terminating-gateway/cdktf": [join(ROOT, "src", "constructs", "cdktf", "index.ts")] };
  // By its own name the package is found through its package.json.
  const program = ts.createProgram([join(ROOT, "examples", "org-module", "consumer", "main.ts")], {
    ...options,
    paths,
  });
  const messages = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  expect(messages).toEqual([]);
});

test("its packages are the ones that this package is tested with", () => {
  const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
  const { peerDependencies } = json("examples/org-module/package.json");
  const own = json("package.json");
  expect(peerDependencies).toEqual({
    cdktf: own.peerDependencies.cdktf,
    constructs: own.peerDependencies.constructs,
    "consul-terminating-gateway": `^${own.version}`,
  });
});
