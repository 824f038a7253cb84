// A CDKTF or CDKTN project on disk, as a user has it, with the packed library and the engine's real command line. Terraform is
// real OpenTofu with our provider attached; nothing is fetched.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Packed, ROOT } from "../../package/packed";
import { filesBelow } from "./places";
import { type Finished, finished } from "./tofu";

export interface CdkCommand {
  /** Script of the command line, below the part's node_modules. */
  readonly script: string;
  /** Folder from realNpmPart(). */
  readonly part: string;
  /** A newer Node, below the part's node_modules. @default - this one */
  readonly node?: string;
  /** Packages that the program imports, from ours. */
  readonly peers: readonly string[];
}

export interface CdkProject {
  readonly dir: string;
  /** A command that must succeed: what it prints. */
  ok(...args: readonly string[]): Promise<string>;
  /** All that the commands have written down, by file. */
  written(): Readonly<Record<string, string>>;
  remove(): void;
}

const EXAMPLE = join(ROOT, "examples/cdktf");

/** @param edit what the user changes in main.ts of examples/cdktf @param env besides that of this process */
export function openCdkProject(
  packed: Packed,
  command: CdkCommand,
  edit: (program: string) => string,
  env: NodeJS.ProcessEnv,
): CdkProject {
  const root = mkdtempSync(join(tmpdir(), "tgw-cdk-"));
  const dir = join(root, "project");
  const home = join(root, "home");
  mkdirSync(home);
  cpSync(EXAMPLE, dir, { recursive: true });
  const main = join(dir, "main.ts");
  writeFileSync(main, edit(readFileSync(main, "utf8")));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "egress", private: true }));
  const modules = join(command.part, "node_modules");
  link(dir, modules, ["ts-node", "typescript", "@types/node", ".bin"]);
  link(dir, join(ROOT, "node_modules"), command.peers);
  cpSync(packed.unpacked, join(dir, "node_modules/consul-terminating-gateway"), { recursive: true });
  const node = command.node === undefined ? process.execPath : join(modules, command.node);
  const { TF_CLI_CONFIG_FILE: _missing, ...inherited } = process.env;
  const quiet = { CHECKPOINT_DISABLE: "1", DISABLE_VERSION_CHECK: "1", CI: "1", FORCE_COLOR: "0" };
  const PATH = `${dirname(node)}${delimiter}${process.env.PATH ?? ""}`;
  const all = { ...inherited, ...quiet, HOME: home, npm_config_offline: "true", PATH, ...env };
  return {
    dir,
    async ok(...args) {
      const done: Finished = await finished(node, [join(modules, command.script), ...args], dir, all, 120_000);
      if (done.code !== 0) throw new Error(`${args.join(" ")}: exit ${done.code}\n${done.stdout}\n${done.stderr}`);
      return done.stdout + done.stderr;
    },
    written: () => ({ ...ownFiles(dir), ...filesBelow(home) }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function link(dir: string, modules: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(dir, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(modules, name), path);
  }
}

/** Without what was installed. */
function ownFiles(dir: string): Readonly<Record<string, string>> {
  const names = readdirSync(dir, { withFileTypes: true }).filter(({ name }) => name !== "node_modules");
  return Object.assign(
    {},
    ...names.map((each) =>
      each.isDirectory()
        ? filesBelow(join(dir, each.name))
        : { [each.name]: readFileSync(join(dir, each.name), "utf8") },
    ),
  );
}
