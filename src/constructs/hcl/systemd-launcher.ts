// Renders a systemd unit and its environment file; bringing them to the host is the user's.

import type { Construct } from "constructs";
import { hostFiles } from "../../launch/host-files";
import type { Issue } from "../../model/issues";
import type { EngineTypes } from "./engine";
import type { IGatewayLauncher, LaunchContext, LaunchResult } from "./launcher";
import { listIssues, secondsIssues, textIssues } from "./launcher-rules";
import { literal } from "./tokens";

export interface SystemdProps {
  /** Program, by its absolute path on the host, and arguments before `run`. @default ["/usr/local/bin/consul-tgw"] */
  readonly command?: readonly string[];
  /** Arguments after `run`. @default [] */
  readonly arguments?: readonly string[];
  /** Directory of manifest and environment file on the host. @default "/etc/consul-terminating-gateway" */
  readonly directory?: string;
  /** System user. @default - a user that systemd makes for the service; it must be able to read the certificate files */
  readonly user?: string;
  /** File with a Consul token on the host; only its path is written. @default - no token */
  readonly tokenFile?: string;
  /** Seconds to drain and stop. @default 30 */
  readonly stopSeconds?: number;
}

export class SystemdLauncher implements IGatewayLauncher<EngineTypes> {
  private readonly props: SystemdProps;

  constructor(props: SystemdProps) {
    this.props = props;
  }

  bind(_scope: Construct, context: LaunchContext<EngineTypes>): LaunchResult {
    const issues = this.issues();
    if (issues.length > 0) return { files: [], issues: () => issues };
    const { gatewayName, identity, bindPort } = context;
    const { unitName, unit, environment } = hostFiles({ gatewayName, bindPort }, this.props);
    const files = [
      { name: unitName, text: unit },
      { name: `${gatewayName}.env`, text: environment },
    ];
    const started = {
      input: Object.fromEntries(files.map(({ name, text }) => [name, literal(text)])),
      triggersReplace: { ...identity, unit: literal(unit) },
    };
    return { files, process: started, issues: () => issues };
  }

  private issues(): readonly Issue[] {
    const { command, arguments: args, directory, user, tokenFile, stopSeconds } = this.props;
    return [
      ...listIssues("launcher.command", command),
      ...(Array.isArray(command) ? textIssues("launcher.command[0]", command[0] ?? "", { absolute: true }) : []),
      ...listIssues("launcher.arguments", args),
      ...textIssues("launcher.directory", directory, { absolute: true }),
      ...textIssues("launcher.user", user),
      ...textIssues("launcher.tokenFile", tokenFile, { absolute: true }),
      ...secondsIssues("launcher.stopSeconds", stopSeconds),
    ];
  }
}
