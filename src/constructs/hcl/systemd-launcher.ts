// Renders a systemd unit and its environment file; bringing them to the host is the user's.

import type { Construct } from "constructs";
import { HOST_RULES, type HostOptions, systemdFiles } from "../../launch/host-files";
import { checkOptions } from "../../launch/rules";
import { toldIssues, withTold } from "../../launch/told";
import type { EngineTypes } from "./engine";
import { type IGatewayLauncher, type LaunchContext, type LaunchResult, startedIn } from "./launcher";
import { literal } from "./tokens";

export interface SystemdProps extends HostOptions {}

export class SystemdLauncher implements IGatewayLauncher<EngineTypes> {
  private readonly props: SystemdProps;

  constructor(props: SystemdProps) {
    this.props = props;
  }

  bind(_scope: Construct, context: LaunchContext<EngineTypes>): LaunchResult {
    const found = [
      ...checkOptions(this.props, HOST_RULES, "launcher"),
      ...toldIssues("launcher.consul", this.props, context),
    ];
    const issues = (): typeof found => found;
    if (found.length > 0) return { files: [], issues };
    const files = systemdFiles(startedIn(context), withTold(this.props, context));
    const started = {
      input: Object.fromEntries(files.map(({ name, text }) => [name, literal(text)])),
      triggersReplace: { ...context.identity, unit: literal(files[0].text) },
    };
    return { files, process: started, issues };
  }
}
