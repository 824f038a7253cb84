// GatewayProcess: how and where the process of a declared gateway is started.

import { Construct } from "constructs";
import { processIdentity } from "../../launch/identity";
import { toldOf } from "../../launch/told";
import type { Engine, EngineTypes } from "./engine";
import type { IGatewayLauncher, LaunchFile } from "./launcher";
import { reportAtSynth } from "./mistakes";
import { dependencies } from "./realise";
import { addStackDependency } from "./stack-order";
import { writeAtSynth } from "./synth-file";
import type { TerminatingGateway } from "./terminating-gateway";
import { literal } from "./tokens";

export interface GatewayProcessProps<E extends EngineTypes> {
  /** Whose process it is. */
  readonly gateway: TerminatingGateway<E>;
  /** One of GatewayLauncher, or your own. */
  readonly launcher: IGatewayLauncher<E>;
}

/** A change of the gateway's name, datacenter or bind restarts it; a change of its services never does. */
export class GatewayProcess<E extends EngineTypes> extends Construct {
  /** Text for the gateway's host, as a systemd unit; empty for launchers that need none. */
  readonly files: readonly LaunchFile[];

  /** User data of the virtual machine that runs the gateway, for the launcher `cloudInit` only. */
  readonly userData: string | undefined;

  constructor(engine: Engine<E>, scope: Construct, id: string, props: GatewayProcessProps<E>) {
    super(scope, id);
    const { gateway, launcher } = props;
    const { model, last } = gateway;
    // The gateway reports its own mistakes.
    if (model === undefined || last === undefined) {
      this.files = [];
      this.userData = undefined;
      return;
    }
    addStackDependency(engine, this, gateway);
    const { files, process, follower, userData, issues } = launcher.bind(this, {
      gatewayName: model.name,
      identity: processIdentity(model),
      bindPort: model.bind.port,
      ...toldOf(model),
      manifestFile: `\${abspath(path.module)}/${gateway.manifestFileName}`,
      manifest: () => gateway.knownManifest,
      isLate: engine.isUnresolved,
      after: [last],
    });
    this.files = files;
    this.userData = userData === undefined ? undefined : engine.lazyText(() => literal(userData()));
    reportAtSynth(this, issues);
    writeAtSynth(engine, this, () => files);
    if (process === undefined) return;
    const stack = engine.stackOf(this);
    const made = engine.make.data(this, "process", process);
    made.dependsOn = dependencies(stack, [last]);
    if (follower === undefined) return;
    engine.make.data(this, "manifest", follower).dependsOn = dependencies(stack, [made]);
  }
}
