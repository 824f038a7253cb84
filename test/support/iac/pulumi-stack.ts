// A Pulumi stack in a folder of its own: inline programs through the Automation API on the real engine, no language host.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import { filesBelow } from "./places";
import type { Action } from "./tofu";

export interface InlineStack {
  /** Folder with everything below: state, home, working directory. */
  readonly root: string;
  /** Environment for commands that are typed in its working directory. */
  readonly env: Readonly<Record<string, string>>;
  /** The stack with this program. */
  with(program: PulumiFn): Promise<Stack>;
  /** What a preview of this program would do, by Pulumi name; what stays is left out, and so are components. */
  plan(program: PulumiFn): Promise<Readonly<Record<string, Action>>>;
  /** All that the engine has written down, by file. */
  written(): Readonly<Record<string, string>>;
  remove(): void;
}

/** @param debug PULUMI_DEBUG_PROVIDERS of a running PulumiProvider */
export async function openInlineStack(binary: string, debug: string): Promise<InlineStack> {
  const root = mkdtempSync(join(tmpdir(), "tgw-pulumi-"));
  for (const name of ["state", "home", "bin", "work"]) mkdirSync(join(root, name));
  symlinkSync(binary, join(root, "bin/pulumi"));
  const env = {
    ...{ PULUMI_BACKEND_URL: `file://${join(root, "state")}`, PULUMI_HOME: join(root, "home") },
    ...{ PULUMI_CONFIG_PASSPHRASE: "only for tests", PULUMI_SKIP_UPDATE_CHECK: "true" },
    ...{ PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", PULUMI_IGNORE_AMBIENT_PLUGINS: "true" },
    ...{ PULUMI_DEBUG_PROVIDERS: debug, PATH: `${join(root, "bin")}:/usr/bin:/bin` },
  };
  const pulumiCommand = await PulumiCommand.get({ root });
  const open = (program: PulumiFn): Promise<Stack> =>
    LocalWorkspace.createOrSelectStack(
      { stackName: "prod", projectName: "shop", program },
      { workDir: join(root, "work"), envVars: env, pulumiHome: env.PULUMI_HOME, pulumiCommand },
    );
  return {
    root,
    env,
    with: open,
    async plan(program) {
      const actions = new Map<string, Action>();
      const stack = await open(program);
      await stack.preview({ onEvent: (event) => note(event, actions) });
      return Object.fromEntries(actions);
    },
    written: () => filesBelow(root),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

const ACTIONS: Readonly<Record<string, Action>> = {
  ...{ create: "create", update: "update", delete: "delete", replace: "replace" },
  ...{ "create-replacement": "replace", "delete-replaced": "replace" },
};

function note({ resourcePreEvent }: EngineEvent, actions: Map<string, Action>): void {
  if (resourcePreEvent === undefined) return;
  const { op, urn, type } = resourcePreEvent.metadata;
  const action = ACTIONS[op];
  if (action !== undefined && type.startsWith("consul:")) actions.set(urn.split("::")[3] ?? urn, action);
}
