// Arguments of a `local.Command` of @pulumi/command, by which a launcher runs scripts on the machine that deploys.

import * as pulumi from "@pulumi/pulumi";
import { processIdentity } from "../../launch/identity";
import type { GatewayModel } from "../../model/gateway";

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

export interface Scripts extends Pick<CommandArgs, "create" | "update" | "delete" | "environment"> {
  /** Of `create`, what starts the process: a change of it starts the process anew. */
  readonly start: string;
  /** Whether the commands read the manifest. */
  readonly readsManifest: boolean;
}

export function commandOf(
  { start, readsManifest, ...scripts }: Scripts,
  model: GatewayModel<unknown>,
  manifest: pulumi.Output<string>,
): CommandArgs {
  const told = Object.entries({ ...processIdentity(model), ...scripts.environment });
  return {
    ...scripts,
    // What is taken of the gateway waits until it is there.
    stdin: readsManifest ? manifest : manifest.apply(() => ""),
    interpreter: ["/bin/sh", "-c"],
    triggers: [...told.map(([key, value]) => assigned(key, value)), start],
  };
}

function assigned(key: string, value: pulumi.Input<string>): pulumi.Input<string> {
  return typeof value === "string" ? `${key}=${value}` : pulumi.interpolate`${key}=${value}`;
}
