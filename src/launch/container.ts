// The layout inside a container, the same for every orchestrator: where the manifest is, what may be written, how it starts.

import type { ContainerOptions, StartedGateway } from "./options";
import { runArguments } from "./run-arguments";

/** Mounted as a folder: a file mounted alone would stay the old one when it is replaced. */
export const MANIFEST_DIR = "/etc/consul-terminating-gateway";
export const MANIFEST_NAME = "manifest.json";
export const STATE_DIR = "/var/lib/consul-terminating-gateway";
export const RUN_DIR = "/run/consul-tgw";
/** Where a token is mounted as a file. */
export const TOKEN_DIR = "/run/secrets";
export const TOKEN_NAME = "consul-token";
const DEFAULT_USER = 65532;

/** Ports below need a privilege on Linux unless this kernel setting of the container's network says otherwise. */
const FIRST_FREE_PORT = 1024;
const LOW_PORTS = "net.ipv4.ip_unprivileged_port_start";

export interface Directories {
  readonly stateDir: string;
  readonly runDir: string;
}

export const DIRECTORIES: Directories = {
  stateDir: `${STATE_DIR}/private`,
  // Below the mount: the runtime trusts no run directory whose parent others may write to, and a mounted one often is.
  runDir: `${RUN_DIR}/private`,
};

export function entrypointOf({ command = ["consul-tgw"] }: ContainerOptions): readonly string[] {
  return command;
}

export function argumentsOf(
  gateway: StartedGateway,
  options: ContainerOptions,
  { stateDir, runDir }: Directories = DIRECTORIES,
): readonly string[] {
  return ["run", "--state-dir", stateDir, "--run-dir", runDir, ...runArguments(gateway, options)];
}

/** Sorted by name, so that the order in which a program names them changes nothing. */
export function environmentOf(
  options: ContainerOptions,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const all = Object.entries({ ...options.environment, ...own });
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function userOf({ user = DEFAULT_USER }: ContainerOptions): number {
  return user;
}

/** A port that a form opens, and how it calls it. */
export interface NamedPort {
  readonly name: string;
  readonly port: number;
}

/** All ports of a gateway; the one that callers are told is `gateway`. @param separator before the number in the names of others */
export function portsOf({ bindPort, morePorts = [] }: StartedGateway, separator = "-"): readonly NamedPort[] {
  const more = morePorts.map((port) => ({ name: `gateway${separator}${port}`, port }));
  return [{ name: "gateway", port: bindPort }, ...more];
}

/** The kernel setting that lets a user without privileges bind the ports; undefined where none is needed. */
export function portSetting(gateway: StartedGateway): { readonly name: string; readonly value: string } | undefined {
  const lowest = Math.min(...portsOf(gateway).map(({ port }) => port));
  return lowest < FIRST_FREE_PORT ? { name: LOW_PORTS, value: String(lowest) } : undefined;
}
