// Real OpenTofu in the folder of one synthesised stack: each command as a user types it, and what a plan would do.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a plan does to one resource. */
export type Action = "create" | "update" | "delete" | "replace";

export interface Tofu {
  readonly dir: string;
  /** Any command, whatever its exit code. */
  run(...args: readonly string[]): Promise<Finished>;
  /** Any command that must succeed: its standard output. */
  ok(...args: readonly string[]): Promise<string>;
  /** Replaces the configuration. */
  write(configuration: string): void;
  /** Resources that change, by address; exit code 0 exactly when there is none. The plan is kept in the file `plan`. */
  plan(...args: readonly string[]): Promise<Readonly<Record<string, Action>>>;
}

const LIMIT_MS = 60_000;

/** @param reattach value of TF_REATTACH_PROVIDERS */
export function makeTofu(binary: string, dir: string, reattach: string): Tofu {
  const { TF_CLI_CONFIG_FILE: _missing, ...inherited } = process.env;
  const env = {
    ...inherited,
    ...{ TF_REATTACH_PROVIDERS: reattach, TF_IN_AUTOMATION: "1", TF_INPUT: "0", CHECKPOINT_DISABLE: "1" },
  };
  const run = (...args: readonly string[]): Promise<Finished> => finished(binary, args, dir, env);
  const ok = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    if (code !== 0) throw new Error(`tofu ${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
    return stdout;
  };
  return {
    dir,
    run,
    ok,
    write: (configuration) => writeFileSync(join(dir, "cdk.tf.json"), configuration),
    async plan(...args) {
      const planned = await run("plan", "-no-color", "-detailed-exitcode", "-out", "plan", ...args);
      if (planned.code !== 0 && planned.code !== 2) throw new Error(`tofu plan: ${planned.stdout}\n${planned.stderr}`);
      const actions = actionsOf(JSON.parse(await ok("show", "-json", "plan")));
      const isEmpty = Object.keys(actions).length === 0;
      if (isEmpty !== (planned.code === 0)) throw new Error(`tofu plan: exit ${planned.code}\n${planned.stdout}`);
      return actions;
    },
  };
}

interface PlanDocument {
  readonly resource_changes?: readonly { readonly address: string; readonly change: { readonly actions: string[] } }[];
}

function actionsOf({ resource_changes: changes = [] }: PlanDocument): Record<string, Action> {
  const all = changes.map(({ address, change }): [string, string] => {
    return [address, change.actions.length > 1 ? "replace" : (change.actions[0] ?? "")];
  });
  return Object.fromEntries(all.filter(([, action]) => action !== "no-op" && action !== "read")) as Record<
    string,
    Action
  >;
}

/** Runs a program to its end, which comes after a minute at the latest, or `limitMs`. */
export function finished(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  limitMs = LIMIT_MS,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: limitMs });
    const text = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      text.stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      text.stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...text }));
  });
}
