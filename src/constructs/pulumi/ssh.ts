// The launcher `ssh`: what a `local.Command` of @pulumi/command needs to bring the gateway to a host by the machine's own `ssh`.
// Not a `remote.Command`: that one checks no host key unless one is given, and keeps the private key in the state.

import * as pulumi from "@pulumi/pulumi";
import { followedOf, withFollowed } from "../../launch/followed";
import { processIdentity } from "../../launch/identity";
import { sshEnvironment, sshScripts } from "../../launch/ssh";
import type { GatewayModel } from "../../model/gateway";
import type { SshArgs } from "./launcher";
import type { CommandArgs } from "./local-exec";

export function sshCommand(args: SshArgs, model: GatewayModel<unknown>, manifest: pulumi.Output<string>): CommandArgs {
  const followed = followedOf(model);
  const gateway = { gatewayName: model.name, bindPort: model.bind.port, readsManifest: followed === undefined };
  const { install, update, remove } = sshScripts(gateway, withFollowed(args, followed));
  const environment = { ...sshEnvironment<pulumi.Input<string>>(args) };
  return {
    create: install,
    update,
    delete: remove,
    environment,
    // What is taken of the gateway waits until it is there.
    stdin: followed === undefined ? manifest : manifest.apply(() => ""),
    interpreter: ["/bin/sh", "-c"],
    triggers: [
      ...Object.entries({ ...processIdentity(model), ...environment }).map(
        ([key, value]) => pulumi.interpolate`${key}=${value}`,
      ),
      install,
    ],
  };
}
