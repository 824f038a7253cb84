// What a launcher gets and gives: how one gateway process is started somewhere.

import type { Construct } from "constructs";
import type { StartedGateway } from "../../launch/options";
import type { Told } from "../../launch/told";
import type { Issue } from "../../model/issues";
import type { DataArguments } from "./arguments";
import type { EngineTypes } from "./engine";

/** With what the declaration tells the process: a manifest that it follows in Consul, a login. */
export interface LaunchContext<E extends EngineTypes> extends Told {
  readonly gatewayName: string;
  /** What the process is started with: a launcher restarts it when one of these changes, and for nothing else. */
  readonly identity: Readonly<Record<string, string>>;
  readonly bindPort: number;
  /** Expression for the absolute path of the manifest that synth writes, on the machine that deploys. */
  readonly manifestFile: string;
  /** Text of the manifest, undefined while a value in it is known only at deployment; ask at synth. */
  readonly manifest: () => string | undefined;
  /** Whether a value is known only at deployment. */
  readonly isLate: (value: unknown) => boolean;
  /** What must be there before the process starts. */
  readonly after: readonly E["resource"][];
}

/** What the process is told of its gateway. */
export function startedIn(context: LaunchContext<EngineTypes>): StartedGateway {
  const { gatewayName, bindPort, followed } = context;
  return { gatewayName, bindPort, readsManifest: followed === undefined };
}

/** Text for the gateway's host, written beside the stack's cdk.tf.json as well. */
export interface LaunchFile {
  readonly name: string;
  readonly text: string;
}

export interface LaunchResult {
  readonly files: readonly LaunchFile[];
  /** A terraform_data that stands for the process; made once the gateway is there. @default - none */
  readonly process?: DataArguments;
  /** A terraform_data that follows it, for what changes while the process runs. @default - none */
  readonly follower?: DataArguments;
  /** User data of a virtual machine; asked for at synth. @default - none */
  readonly userData?: () => string;
  /** Mistakes in the launcher's own props, looked for at synth. */
  readonly issues: () => readonly Issue[];
}

/** Why a launcher that works with the manifest's text has none at synth. */
export function lateManifest(context: LaunchContext<EngineTypes>, path: string): readonly Issue[] {
  if (context.manifest() !== undefined) return [];
  const got = "a gateway with values that are known only at deployment";
  return [{ path, got, allowed: "a manifest that synth can write", hint: "make every value known at synth" }];
}

/** Starts gateway processes in one way. Implement it for another place to run them. */
export interface IGatewayLauncher<E extends EngineTypes> {
  bind(scope: Construct, context: LaunchContext<E>): LaunchResult;
}
