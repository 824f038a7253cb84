// Renders a systemd unit and its environment file; bringing them to the host is the user's.

import type { Construct } from "constructs";
import { HOST_RULES, type HostOptions, hostFiles } from "../../launch/host-files";
import { checkOptions } from "../../launch/rules";
import type { EngineTypes } from "./engine";
import type { IGatewayLauncher, LaunchContext, LaunchResult } from "./launcher";
import { literal } from "./tokens";

export interface SystemdProps extends HostOptions {}

export class SystemdLauncher implements IGatewayLauncher<EngineTypes> {
  private readonly props: SystemdProps;

  constructor(props: SystemdProps) {
    this.props = props;
  }

  bind(_scope: Construct, context: LaunchContext<EngineTypes>): LaunchResult {
    const found = checkOptions(this.props, HOST_RULES, "launcher");
    const issues = (): typeof found => found;
    if (found.length > 0) return { files: [], issues };
    const { gatewayName, identity, bindPort } = context;
    const { unitName, unit, environment } = hostFiles({ gatewayName, bindPort, readsManifest: true }, this.props);
    const files = [
      { name: unitName, text: unit },
      { name: `${gatewayName}.env`, text: environment },
    ];
    const started = {
      input: Object.fromEntries(files.map(({ name, text }) => [name, literal(text)])),
      triggersReplace: { ...identity, unit: literal(unit) },
    };
    return { files, process: started, issues };
  }
}
