// What a launcher gets and gives: how one gateway process is started somewhere.

import type { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import type { Issue } from "../../model/issues";

export interface LaunchContext {
  readonly gatewayName: string;
  /** What the process is started with: a launcher restarts it when one of these changes, and for nothing else. */
  readonly identity: Readonly<Record<string, string>>;
  readonly bindPort: number;
  /** Expression for the absolute path of the manifest that synth writes, on the machine that deploys. */
  readonly manifestFile: string;
  /** Whether synth writes it; ask at synth. */
  readonly isManifestKnown: () => boolean;
  /** What must be there before the process starts. */
  readonly after: readonly TerraformResource[];
}

/** Text for the gateway's host, written beside the stack's cdk.tf.json as well. */
export interface LaunchFile {
  readonly name: string;
  readonly text: string;
}

export interface LaunchResult {
  readonly files: readonly LaunchFile[];
  /** Mistakes in the launcher's own props, looked for at synth. */
  readonly issues: () => readonly Issue[];
}

/** Starts gateway processes in one way. Implement it for another place to run them. */
export interface IGatewayLauncher {
  bind(scope: Construct, context: LaunchContext): LaunchResult;
}
