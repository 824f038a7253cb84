// GatewayProcess: how and where the process of a declared gateway is started. It renders text; bringing it to a host, or
// running it, is a resource of the user's own.

import * as pulumi from "@pulumi/pulumi";
import type { LaunchFile } from "../../launch/options";
import { toldIssues, toldOf } from "../../launch/told";
import type { Issue } from "../../model/issues";
import { userDataOf } from "./cloud-init";
import type { CommandArgs } from "./command";
import { type LauncherArgs, launcherIssues } from "./launcher";
import { localExecCommand } from "./local-exec";
import { mistakesIn } from "./mistakes";
import { sshCommand } from "./ssh";
import { unitFiles } from "./systemd";
import type { TerminatingGateway } from "./terminating-gateway";

export interface GatewayProcessArgs {
  /** Whose process it is. */
  readonly gateway: TerminatingGateway;
  /** How it is started. */
  readonly launcher: LauncherArgs;
}

/** A change of the gateway's name, datacenter or bind restarts it; a change of its services never does. */
export class GatewayProcess extends pulumi.ComponentResource {
  /** Text for the gateway's host beside the manifest, as a systemd unit; empty for launchers that need none. */
  readonly files: readonly LaunchFile[];
  /** Arguments of a `local.Command` of @pulumi/command, for the launchers `localExec` and `ssh` only. */
  readonly command: CommandArgs | undefined;
  /** User data of the virtual machine that runs the gateway, for the launcher `cloudInit` only. */
  readonly userData: pulumi.Output<string> | undefined;

  /** @throws RunError with every mistake in the launcher */
  constructor(name: string, args: GatewayProcessArgs, opts?: pulumi.ComponentResourceOptions) {
    const subject = `GatewayProcess "${name}"`;
    const issues = [...launcherIssues(args.launcher), ...consulIssues(args)];
    if (issues.length > 0) throw mistakesIn(subject, issues);
    super("consul-terminating-gateway:index:GatewayProcess", name, {}, opts);
    const { kind, localExec, ssh, systemd = {}, cloudInit = {} } = args.launcher;
    const { model, manifest } = args.gateway;
    this.files = kind === "systemd" ? unitFiles(systemd, model) : [];
    if (localExec !== undefined) this.command = localExecCommand(localExec, model, manifest);
    else this.command = ssh === undefined ? undefined : sshCommand(ssh, model, manifest);
    this.userData = kind === "cloudInit" ? userDataOf(cloudInit, model, manifest, subject) : undefined;
    this.registerOutputs({ files: this.files });
  }
}

/** What the gateway's declaration asks of the launcher; who starts the process elsewhere says it elsewhere. */
function consulIssues({ launcher, gateway }: GatewayProcessArgs): readonly Issue[] {
  const kind = launcher?.kind;
  if (kind === undefined || kind === "none") return [];
  const options: unknown = launcher[kind] ?? (kind === "systemd" || kind === "cloudInit" ? {} : undefined);
  if (typeof options !== "object" || options === null) return [];
  return toldIssues(`launcher.${kind}.consul`, options, toldOf(gateway.model));
}
