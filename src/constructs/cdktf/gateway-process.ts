// GatewayProcess: how and where the process of a declared gateway is started.

import { Construct } from "constructs";
import { processIdentity } from "../launch/identity";
import type { IGatewayLauncher, LaunchFile } from "./launcher";
import { reportAtSynth } from "./mistakes";
import { addStackDependency } from "./stack-order";
import { writeAtSynth } from "./synth-file";
import type { TerminatingGateway } from "./terminating-gateway";

export interface GatewayProcessProps {
  readonly gateway: TerminatingGateway;
  /** One of GatewayLauncher, or your own. */
  readonly launcher: IGatewayLauncher;
}

/** A change of the gateway's name, datacenter or bind restarts it; a change of its services never does. */
export class GatewayProcess extends Construct {
  /** Text for the gateway's host, as a systemd unit; empty for launchers that need none. */
  readonly files: readonly LaunchFile[];

  constructor(scope: Construct, id: string, props: GatewayProcessProps) {
    super(scope, id);
    const { gateway, launcher } = props;
    const { model, last } = gateway;
    // The gateway reports its own mistakes.
    if (model === undefined || last === undefined) {
      this.files = [];
      return;
    }
    addStackDependency(this, gateway);
    const { files, issues } = launcher.bind(this, {
      gatewayName: model.name,
      identity: processIdentity(model),
      bindPort: model.bind.port,
      manifestFile: `\${abspath(path.module)}/${gateway.manifestFileName}`,
      isManifestKnown: () => gateway.isManifestKnown,
      after: [last],
    });
    this.files = files;
    reportAtSynth(this, issues);
    writeAtSynth(this, () => files);
  }
}
