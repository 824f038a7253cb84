// How a gateway process is started, as data.

import { HOST_RULES, type HostOptions } from "../../launch/host-files";
import { LOCAL_EXEC_RULES, type LocalExecOptions } from "../../launch/local-exec";
import { checkOptions, fields, optional, type Rule, type Rules, text } from "../../launch/rules";
import type { Issue } from "../../model/issues";

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

export interface LocalExecArgs extends LocalExecOptions {}

export interface SystemdArgs extends HostOptions {}

const KIND = text("none, localExec or systemd", /^(none|localExec|systemd)$/);

/** Every mistake in a launcher; paths start with `launcher`. */
export function launcherIssues(launcher: LauncherArgs): readonly Issue[] {
  const kind = launcher?.kind;
  const rules: Rules<LauncherArgs> = {
    kind: KIND,
    localExec: kind === "localExec" ? fields(LOCAL_EXEC_RULES) : notFor("localExec"),
    systemd: kind === "systemd" ? optional(fields(HOST_RULES)) : notFor("systemd"),
  };
  return checkOptions(launcher, rules, "launcher");
}

function notFor(kind: LauncherKind): Rule {
  return (value, path) => {
    if (value === undefined) return [];
    const hint = `remove it, or set kind to ${kind}`;
    return [{ path, got: "a value", allowed: `nothing where kind is not ${kind}`, hint }];
  };
}
