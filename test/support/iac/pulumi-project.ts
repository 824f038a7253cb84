// A Pulumi project on disk, as a user has it, and the real `pulumi` command in it: language host and provider are attached.

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GatewayProps } from "../../../src/model/props";
import { startPulumiLanguage } from "./pulumi-language";
import { type InlineStack, openInlineStack } from "./pulumi-stack";
import { finished } from "./tofu";

const ROOT = join(__dirname, "../../..");

export interface PulumiProject {
  readonly dir: string;
  /** A `pulumi` command that must succeed: its standard output. */
  ok(...args: readonly string[]): Promise<string>;
  /** Writes the program: one declaration. */
  declare(props: GatewayProps): void;
  written: InlineStack["written"];
  remove(): void;
}

/** @param debug PULUMI_DEBUG_PROVIDERS of a running PulumiProvider */
export async function openPulumiProject(binary: string, debug: string): Promise<PulumiProject> {
  const { root, env, written, remove } = await openInlineStack(binary, debug);
  const dir = join(root, "program");
  mkdirSync(dir);
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  const options = "runtime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.js\n";
  writeFileSync(join(dir, "Pulumi.yaml"), `name: shop\n${options}`);
  writeFileSync(join(dir, "package.json"), '{ "name": "shop", "main": "index.js" }');
  const host = await startPulumiLanguage(env);
  return {
    dir,
    async ok(...args) {
      const all = { ...env, PULUMI_DEBUG_LANGUAGES: host.debug };
      const { code, stdout, stderr } = await finished(join(root, "bin/pulumi"), args, dir, all);
      if (code !== 0) throw new Error(`pulumi ${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
      return stdout;
    },
    declare: (props) => writeFileSync(join(dir, "index.js"), programText(props)),
    written,
    remove() {
      host.stop();
      remove();
    },
  };
}

/** The library's sources are compiled on the way in, so that no build is needed. */
function programText(props: GatewayProps): string {
  return `const { transformFileSync } = require("@swc/core");
const options = { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "commonjs" } };
require.extensions[".ts"] = (module, file) => module._compile(transformFileSync(file, options).code, file);
const { TerminatingGateway } = require(${JSON.stringify(join(ROOT, "src/constructs/pulumi/index.ts"))});
exports.manifest = new TerminatingGateway("egress", ${JSON.stringify(props)}).manifest;
`;
}
