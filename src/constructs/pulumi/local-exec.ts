// The launcher `localExec`: what a `local.Command` of @pulumi/command needs to run the process on the machine that deploys.

import type * as pulumi from "@pulumi/pulumi";
import { followedOf } from "../../launch/followed";
import { processIdentity } from "../../launch/identity";
import { localExecScripts } from "../../launch/local-exec";
import type { GatewayModel } from "../../model/gateway";
import type { LocalExecArgs } from "./launcher";

/**
 * Spread it into `new local.Command(name, process.command, { deleteBeforeReplace: true })`: without that option a replacement
 * starts the new process while the old one holds the port.
 */
export interface CommandArgs {
  /** Brings the manifest, unless the process follows it in Consul, and starts the process. */
  readonly create: string;
  /** Brings the manifest; the process sees the change by itself. */
  readonly update: string;
  /** Stops the process, which drains. */
  readonly delete: string;
  /** What the commands read. */
  readonly environment: { readonly [name: string]: pulumi.Input<string> };
  /** The manifest: an environment variable could not hold a large one. */
  readonly stdin: pulumi.Output<string>;
  /** Shell of the commands. */
  readonly interpreter: string[];
  /** A change of one of these replaces the process. */
  readonly triggers: pulumi.Input<string>[];
}

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
  const followed = followedOf(model);
  const { environment, start, stop } = localExecScripts(model.name, followed ?? manifestFile, args);
  return {
    create: followed === undefined ? `${WRITE_MANIFEST}${start}` : start,
    update: followed === undefined ? WRITE_MANIFEST : ":",
    delete: stop,
    environment: { ...environment },
    // What is taken of the gateway waits until it is there.
    stdin: followed === undefined ? manifest : manifest.apply(() => ""),
    interpreter: ["/bin/sh", "-c"],
    triggers: [
      ...Object.entries({ ...processIdentity(model), ...environment }).map(([key, value]) => `${key}=${value}`),
      start,
    ],
  };
}
