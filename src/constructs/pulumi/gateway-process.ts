// GatewayProcess: how and where the process of a declared gateway is started. It renders text; bringing it to a host, or
// running it, is a resource of the user's own.

import * as pulumi from "@pulumi/pulumi";
import { followedIssues, followedOf } from "../../launch/followed";
import type { LaunchFile } from "../../launch/options";
import { type LauncherArgs, launcherIssues } from "./launcher";
import { type CommandArgs, localExecCommand } from "./local-exec";
import { mistakesIn } from "./mistakes";
import { systemdFiles } from "./systemd";
import type { TerminatingGateway } from "./terminating-gateway";

export interface GatewayProcessArgs {
  readonly gateway: TerminatingGateway;
  readonly launcher: LauncherArgs;
}

/** A change of the gateway's name, datacenter or bind restarts it; a change of its services never does. */
export class GatewayProcess extends pulumi.ComponentResource {
  /** Text for the gateway's host beside the manifest, as a systemd unit; empty for launchers that need none. */
  readonly files: readonly LaunchFile[];
  /** Arguments of a `local.Command` of @pulumi/command, for the launcher `localExec` only. */
  readonly command: CommandArgs | undefined;

  /** @throws RunError with every mistake in the launcher */
  constructor(name: string, args: GatewayProcessArgs, opts?: pulumi.ComponentResourceOptions) {
    const { launcher: wanted } = args;
    const options = wanted?.kind === "systemd" ? (wanted.systemd ?? {}) : wanted?.localExec;
    const followed = options === undefined ? undefined : followedOf(args.gateway.model);
    const issues = [
      ...launcherIssues(wanted),
      ...followedIssues(`launcher.${wanted?.kind}.consul`, options?.consul, followed),
    ];
    if (issues.length > 0) throw mistakesIn(`GatewayProcess "${name}"`, issues);
    super("consul-terminating-gateway:index:GatewayProcess", name, {}, opts);
    const { gateway, launcher } = args;
    const { model, manifest } = gateway;
    this.files = launcher.kind === "systemd" ? systemdFiles(launcher.systemd ?? {}, model) : [];
    this.command = launcher.localExec === undefined ? undefined : localExecCommand(launcher.localExec, model, manifest);
    this.registerOutputs({ files: this.files });
  }
}
