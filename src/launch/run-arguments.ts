// The command line of the process, the same in every form: what `consul-tgw run` is told beside its directories.

import { consulWords } from "./consul-options";
import type { LaunchedGateway, LaunchFile, ProcessOptions, StartedGateway } from "./options";

/** Words after `run`. The user's own are last, as they may end with those of Envoy. */
export function runArguments(
  { gatewayName, readsManifest }: Pick<StartedGateway, "gatewayName" | "readsManifest">,
  { consul, arguments: more = [] }: Pick<ProcessOptions, "consul" | "arguments">,
): readonly string[] {
  return [
    ...(readsManifest ? [] : ["--gateway", gatewayName]),
    ...(consul === undefined ? [] : consulWords(consul)),
    ...more,
  ];
}

/** The variable that tells where the manifest is, where there is one. */
export function manifestVariable(
  { readsManifest }: Pick<StartedGateway, "readsManifest">,
  path: string,
): Readonly<Record<string, string>> {
  return readsManifest ? { CONSUL_TGW_MANIFEST: path } : {};
}

/** The manifest as a file of this name, where there is one. */
export function manifestFiles({ readsManifest, manifest }: LaunchedGateway, name: string): readonly LaunchFile[] {
  return readsManifest ? [{ name, text: manifest }] : [];
}
