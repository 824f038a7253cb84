// The command line of `consul-tgw render`: one command for each launch form, with the form's options as flags.

import type { Command } from "commander";
import type { LaunchFile } from "../launch/options";
import { LAUNCH_FORMS, type LaunchForm } from "../launch/render-launch";
import type { Issue, Result } from "../model/issues";
import { collect, withConsul, withManifest } from "./cli-options";
import type { Outcome } from "./commands";
import type { Flags, RuntimeConfig } from "./config";
import { flagsOf } from "./render/form-flags";
import type { RenderFlags } from "./render/options";
import { FILE_MODE, render, writeFiles } from "./render/render";

const FORMS: Readonly<Record<LaunchForm, string>> = {
  systemd: "a unit and its environment file",
  "cloud-init": "user data of a virtual machine",
  compose: "a Compose project",
  kubernetes: "ConfigMap, Deployment and Service",
  nomad: "a job, and the variable that holds its manifest",
  ecs: "container definitions and volumes of a task",
  shell: "a script that runs the gateway in the foreground",
};

/**
 * Adds `render` to a program.
 * @param parse what the flags and the environment say of the source
 * @param done is told what came of it
 */
export function addRender(
  program: Command,
  parse: (flags: Flags) => Result<RuntimeConfig>,
  done: (outcome: Outcome, json: boolean) => void,
): void {
  const group = program
    .command("render")
    .description(
      "Print or write the files that launch a gateway somewhere; `render <form> --help` tells a form's flags.",
    );
  for (const form of LAUNCH_FORMS) {
    const command = group.command(form).description(`Render ${FORMS[form]}.`);
    withManifest(command)
      .option("--out <dir>", "write the files here; default: print them")
      .option("--json", "print {files: [{path, mode, content}]}")
      .optionsGroup(`The form ${form}:`);
    for (const [, { flag, help, repeat }] of flagsOf(form)) {
      if (repeat === undefined) command.option(flag, help);
      else command.option(flag, help, collect);
    }
    withConsul(command)
      .argument("[run-args...]", "arguments after -- are further ones of the rendered consul-tgw run")
      .addHelpText("after", HELP)
      .action(async () => {
        const flags = command.opts<Flags & RenderFlags>();
        // A token is the form's own matter: its file may be named without servers, which a variable can name.
        const { tokenFile: _, ...source } = flags;
        const config = parse(source);
        const files = config.ok ? await render(form, config.value, flags, command.args) : config;
        const outcome = files.ok ? await put(files.value, flags.out as string | undefined) : wrong(files.error);
        done(outcome, flags.json === true);
      });
  }
}

const wrong = (issues: readonly Issue[]): Outcome => ({ code: 2, issues });

async function put(files: readonly LaunchFile[], dir: string | undefined): Promise<Outcome> {
  const paths = dir === undefined ? files.map(({ name }) => name) : await writeFiles(dir, files);
  const described = files.map(({ mode = FILE_MODE, text }, index) => ({
    path: paths[index],
    mode: mode.toString(8).padStart(4, "0"),
    content: text,
  }));
  return { code: 0, text: dir === undefined ? listing(files) : paths.join("\n"), json: { files: described } };
}

/** One file as it is, so that it can be piped; several under their names. */
function listing(files: readonly LaunchFile[]): string {
  const [only] = files;
  if (only !== undefined && files.length === 1) return only.text;
  return files.map(({ name, text }) => `==> ${name} <==\n${text}`).join("\n");
}

const HELP = `
What is rendered depends on the flags and the manifest alone: no other variable of this shell counts, and no file that a flag
names is read. Paths are those of the place where the gateway will run.`;
