// How a gateway process is started, as data.

import type * as pulumi from "@pulumi/pulumi";
import { USER_DATA_RULES, type UserDataOptions } from "../../launch/cloud-init";
import { HOST_RULES, type HostOptions } from "../../launch/host-files";
import { LOCAL_EXEC_RULES, type LocalExecOptions } from "../../launch/local-exec";
import { checkOptions, fields, oneOf, optional, type Rule, type Rules } from "../../launch/rules";
import { SSH_RULES, type SshOptions } from "../../launch/ssh";
import type { Issue } from "../../model/issues";

export type LauncherKind = "none" | "localExec" | "systemd" | "ssh" | "cloudInit";

export interface LauncherArgs {
  /**
   * `none`: you start the process yourself, with the gateway's manifest. `localExec`: on the machine that deploys, in the
   * background, for development and demos. `systemd`: the text of a unit and its environment file. `ssh`: to a host with
   * systemd, as a unit; host keys are always checked, and no private key is read. `cloudInit`: user data of a virtual machine.
   */
  readonly kind: LauncherKind;
  /** Goes with kind `localExec`. */
  readonly localExec?: LocalExecArgs;
  /** Goes with kind `systemd`. @default {} */
  readonly systemd?: SystemdArgs;
  /** Goes with kind `ssh`. */
  readonly ssh?: SshArgs;
  /** Goes with kind `cloudInit`. @default {} */
  readonly cloudInit?: CloudInitArgs;
}

export interface LocalExecArgs extends LocalExecOptions {}

export interface SystemdArgs extends HostOptions {}

export interface SshArgs extends SshOptions<pulumi.Input<string>> {}

export interface CloudInitArgs extends UserDataOptions {}

const KINDS = ["none", "localExec", "systemd", "ssh", "cloudInit"] as const satisfies readonly LauncherKind[];

/** Every mistake in a launcher; paths start with `launcher`. */
export function launcherIssues(launcher: LauncherArgs): readonly Issue[] {
  const kind = launcher?.kind;
  const rules: Rules<LauncherArgs> = {
    kind: oneOf(...KINDS),
    localExec: kind === "localExec" ? fields(LOCAL_EXEC_RULES) : notFor("localExec"),
    systemd: kind === "systemd" ? optional(fields(HOST_RULES)) : notFor("systemd"),
    ssh: kind === "ssh" ? fields(SSH_RULES) : notFor("ssh"),
    cloudInit: kind === "cloudInit" ? optional(fields(USER_DATA_RULES)) : notFor("cloudInit"),
  };
  const ssh = launcher?.ssh;
  return checkOptions(typeof ssh === "object" ? { ...launcher, ssh: known(ssh) } : launcher, rules, "launcher");
}

/** With stand-ins for what may be known as late as the deployment. */
function known(ssh: SshArgs): SshOptions {
  const { host, hostKey, ...rest } = ssh;
  const key = typeof hostKey === "object" ? "ssh-ed25519 AAAA" : hostKey;
  return { ...rest, host: typeof host === "object" ? "host" : host, ...(key === undefined ? {} : { hostKey: key }) };
}

function notFor(kind: LauncherKind): Rule {
  return (value, path) => {
    if (value === undefined) return [];
    const hint = `remove it, or set kind to ${kind}`;
    return [{ path, got: "a value", allowed: `nothing where kind is not ${kind}`, hint }];
  };
}
