// How a gateway process is started, as data.

import { HOST_RULES, type HostOptions } from "../../launch/host-files";
import { absolutePath, fields, listOf, optional, type Rule, type Rules, stopSeconds, text } from "../../launch/rules";
import type { Issue } from "../../model/issues";
import { scanForSecrets } from "../../model/secrets";

export type LauncherKind = "none" | "localExec" | "systemd";

export interface LauncherArgs {
  /**
   * `none`: you start the process yourself, with the gateway's manifest. `localExec`: on the machine that deploys, in the
   * background, for development and demos. `systemd`: the text of a unit and its environment file.
   */
  readonly kind: LauncherKind;
  /** Goes with kind `localExec`. */
  readonly localExec?: LocalExecArgs;
  /** Goes with kind `systemd`. @default {} */
  readonly systemd?: SystemdArgs;
}

export interface LocalExecArgs {
  /** Directory of the manifest, the process id file and the log; absolute, made if missing. */
  readonly directory: string;
  /** Program and arguments before `run`. @default ["consul-tgw"] */
  readonly command?: readonly string[];
  /** Arguments after `run --manifest <file>`. @default [] */
  readonly arguments?: readonly string[];
  /** Seconds until a stopping process is killed. @default 30 */
  readonly stopSeconds?: number;
}

export interface SystemdArgs extends HostOptions {}

const LOCAL_EXEC_RULES: Rules<LocalExecArgs> = {
  directory: absolutePath,
  command: optional(listOf(text(), 1)),
  arguments: optional(listOf(text())),
  stopSeconds: optional(stopSeconds),
};

const KIND = text("none, localExec or systemd", /^(none|localExec|systemd)$/);

/** Every mistake in a launcher; paths start with `launcher`. */
export function launcherIssues(launcher: LauncherArgs): readonly Issue[] {
  const kind = launcher?.kind;
  const rules: Rules<LauncherArgs> = {
    kind: KIND,
    localExec: kind === "localExec" ? fields(LOCAL_EXEC_RULES) : notFor("localExec"),
    systemd: kind === "systemd" ? optional(fields(HOST_RULES)) : notFor("systemd"),
  };
  return [...scanForSecrets({ launcher }), ...fields(rules)(launcher, "launcher")];
}

function notFor(kind: LauncherKind): Rule {
  return (value, path) => {
    if (value === undefined) return [];
    const hint = `remove it, or set kind to ${kind}`;
    return [{ path, got: "a value", allowed: `nothing where kind is not ${kind}`, hint }];
  };
}
