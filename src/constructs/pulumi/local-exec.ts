// The launcher `localExec`: what a `local.Command` of @pulumi/command needs to run the process on the machine that deploys.

import type * as pulumi from "@pulumi/pulumi";
import { localExecScripts } from "../../launch/local-exec";
import { withLogin } from "../../launch/login";
import { toldOf } from "../../launch/told";
import type { GatewayModel } from "../../model/gateway";
import { type CommandArgs, commandOf } from "./command";
import type { LocalExecArgs } from "./launcher";

/** Over the old one in one step, so that the process never reads half a manifest. */
const WRITE_MANIFEST = `set -eu
umask 077
mkdir -p "$TGW_DIRECTORY"
cat >"$TGW_MANIFEST.new"
mv "$TGW_MANIFEST.new" "$TGW_MANIFEST"
`;

export function localExecCommand(
  args: LocalExecArgs,
  model: GatewayModel<unknown>,
  manifest: pulumi.Output<string>,
): CommandArgs {
  const manifestFile = `${args.directory}/${model.name}.manifest.json`;
  const { followed, login } = toldOf(model);
  const readsManifest = followed === undefined;
  const told = withLogin(args, login);
  const { environment, start, stop } = localExecScripts(model.name, followed ?? manifestFile, told);
  const scripts = {
    create: readsManifest ? `${WRITE_MANIFEST}${start}` : start,
    update: readsManifest ? WRITE_MANIFEST : ":",
    delete: stop,
  };
  return commandOf({ ...scripts, environment: { ...environment }, start, readsManifest }, model, manifest);
}
