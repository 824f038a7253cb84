// What the launch forms share: the gateway that is started, the files that are rendered, the options of every process.

import type { ConsulOptions } from "./consul-options";

/** What a process needs to know of its gateway when it is started. */
export interface StartedGateway {
  readonly gatewayName: string;
  /** Port that Envoy listens on. */
  readonly bindPort: number;
  /** Further ports that it listens on. @default [] */
  readonly morePorts?: readonly number[];
  /** Without one the config entry of this name in Consul says everything. */
  readonly readsManifest: boolean;
}

export interface LaunchedGateway extends StartedGateway {
  /** Text of the manifest, as it is written to a file; "" where the process reads none. */
  readonly manifest: string;
}

/** Text for the place where the gateway runs. None holds a secret. */
export interface LaunchFile {
  /** File name, or a relative path where the form needs a folder. */
  readonly name: string;
  readonly text: string;
  /** @default 0o644 */
  readonly mode?: number;
}

export interface ProcessOptions {
  /** Servers that are asked. @default - none: the manifest is the catalog, unless a variable names a server */
  readonly consul?: ConsulOptions;
  /** Further arguments after `run`; what follows a `--` goes to Envoy. @default [] */
  readonly arguments?: readonly string[];
  /** Variables of the process, as CONSUL_HTTP_ADDR; never a token. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds to drain and stop. @default 30 */
  readonly stopSeconds?: number;
}

export interface ContainerOptions extends ProcessOptions {
  /** Image with consul-tgw and Envoy. */
  readonly image: string;
  /** Program and arguments before `run`. @default ["consul-tgw"] */
  readonly command?: readonly string[];
  /** User and group id; the image must let them write to the state and run directories. @default 65532 */
  readonly user?: number;
  /** Where the files are that the services' `tls` names. @default [] */
  readonly credentials?: readonly CredentialMount[];
}

/** Certificates and keys, put where the manifest says they are. */
export interface CredentialMount {
  /** Compose: directory of the host. Kubernetes: name of a Secret. Nomad: host volume. ECS: volume of the task. */
  readonly source: string;
  /** Directory in the container. */
  readonly mountPath: string;
}

export const DEFAULT_STOP_SECONDS = 30;

/** Name of unit, job, deployment and such. */
export function launchName(gatewayName: string): string {
  return `consul-tgw-${gatewayName}`;
}

/** Keys as they are, two-space indent, a newline at the end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
