// A gateway process under systemd: the files that its host needs. Certificates and the token are on the host already.

import { placesOf } from "./consul-options";
import { PROCESS_RULES } from "./form-rules";
import { DEFAULT_STOP_SECONDS, type LaunchFile, launchName, type ProcessOptions, type StartedGateway } from "./options";
import { absolutePath, listOf, optional, type Rules, text } from "./rules";
import { manifestVariable, runArguments } from "./run-arguments";
import { renderEnvironment, renderUnit } from "./systemd";

export interface HostOptions extends ProcessOptions {
  /** Program, by its absolute path on the host, and arguments before `run`. @default ["/usr/local/bin/consul-tgw"] */
  readonly command?: readonly string[];
  /** Directory of manifest and environment file on the host. @default "/etc/consul-terminating-gateway" */
  readonly directory?: string;
  /** System user. @default - a user that systemd makes for the service; it must be able to read the certificate files */
  readonly user?: string;
  /** File with a Consul token on the host; only its path is written. @default - no token */
  readonly tokenFile?: string;
}

export const HOST_RULES: Rules<HostOptions> = {
  ...PROCESS_RULES,
  command: optional((value, path) => [
    ...listOf(text(), 1)(value, path),
    ...(Array.isArray(value) && value.length > 0 ? absolutePath(value[0], `${path}[0]`) : []),
  ]),
  directory: optional(absolutePath),
  user: optional(text("the name of a user", /^[a-z_][a-z0-9_-]*$/)),
  tokenFile: optional(absolutePath),
};

export interface HostFiles {
  readonly unitName: string;
  readonly unit: string;
  readonly environmentFile: string;
  readonly environment: string;
  readonly manifestFile: string;
}

/** The unit, which goes to /etc/systemd/system, and the environment file, which goes to the launcher's directory. */
export function systemdFiles(gateway: StartedGateway, options: HostOptions): readonly [LaunchFile, LaunchFile] {
  const { unitName, unit, environment } = hostFiles(gateway, options);
  return [
    { name: unitName, text: unit },
    { name: `${gateway.gatewayName}.env`, text: environment },
  ];
}

/** Paths are absolute. The unit holds nothing of the services. */
export function hostFiles(gateway: StartedGateway, options: HostOptions): HostFiles {
  const { gatewayName, bindPort } = gateway;
  const { command = ["/usr/local/bin/consul-tgw"], directory = "/etc/consul-terminating-gateway" } = options;
  const { environment = {}, user, tokenFile, stopSeconds = DEFAULT_STOP_SECONDS } = options;
  const environmentFile = `${directory}/${gatewayName}.env`;
  const manifestFile = `${directory}/${gatewayName}.manifest.json`;
  const unit = renderUnit({
    gatewayName,
    command,
    arguments: runArguments(gateway, options),
    environmentFile,
    ...(user === undefined ? {} : { user }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    stopSeconds,
    bindPorts: placesOf(options.consul ?? {}, { address: "", port: bindPort }).map(({ port }) => port),
  });
  return {
    unitName: `${launchName(gatewayName)}.service`,
    unit,
    environmentFile,
    environment: renderEnvironment({ ...environment, ...manifestVariable(gateway, manifestFile) }),
    manifestFile,
  };
}
