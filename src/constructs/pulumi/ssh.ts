// The launcher `ssh`: what a `local.Command` of @pulumi/command needs to bring the gateway to a host by the machine's own `ssh`.
// Not a `remote.Command`: that one checks no host key unless one is given, and keeps the private key in the state.

import type * as pulumi from "@pulumi/pulumi";
import { startedGateway } from "../../launch/followed";
import { sshEnvironment, sshScripts } from "../../launch/ssh";
import { toldOf, withTold } from "../../launch/told";
import type { GatewayModel } from "../../model/gateway";
import { type CommandArgs, commandOf } from "./command";
import type { SshArgs } from "./launcher";

export function sshCommand(args: SshArgs, model: GatewayModel<unknown>, manifest: pulumi.Output<string>): CommandArgs {
  const gateway = startedGateway(model);
  const { install, update, remove } = sshScripts(gateway, withTold(args, toldOf(model)));
  const environment = { ...sshEnvironment<pulumi.Input<string>>(args) };
  const { readsManifest } = gateway;
  return commandOf(
    { create: install, update, delete: remove, environment, start: install, readsManifest },
    model,
    manifest,
  );
}
