// `bootstrap`: what an Envoy that others start needs, with the sockets and options of this configuration.

import { join } from "node:path";
import type { Issue } from "../model/issues";
import type { Outcome } from "./commands";
import type { RuntimeConfig } from "./config";
import { makeBootstrap } from "./envoy/bootstrap";
import { makeRunDir } from "./envoy/run-dir";
import { adminOf } from "./envoy-options";
import { hostFacts } from "./host-facts";
import { effectiveOptions, type OptionInputs } from "./options/effective";
import { FLAG, NO_FLAGS } from "./options/flags";
import { readManifest } from "./source/manifest/read";
import { standaloneInputs } from "./standalone-run";

/** Nothing asks Consul here, as an image or a unit file is made without it. */
const NOT_ASKED: Issue = {
  path: "bootstrap",
  got: "a gateway on Consul, which is not asked here",
  allowed: `options of ${FLAG} and the manifest`,
  hint: `repeat what proxy-defaults say of Envoy's bootstrap with ${FLAG}`,
};

/** Prints JSON; which options are not in it is told on standard error. */
export async function bootstrapText(config: RuntimeConfig): Promise<Outcome> {
  const { manifest, gateway, consul } = config;
  const which = gateway === undefined ? {} : { gateway };
  const read = manifest === undefined ? undefined : await readManifest(manifest, which);
  if (read?.ok === false) return { code: 2, issues: read.error };
  const name = read?.value.model.name ?? gateway ?? "";
  const runDir = await makeRunDir(join(config.runDir, name));
  if (!runDir.ok) return { code: 2, issues: runDir.error };
  const inputs = read === undefined ? flagInputs(config, name) : standaloneInputs(config, read.value.model);
  const { parts, said } = effectiveOptions(inputs);
  const { adsSocket } = runDir.value;
  const admin = adminOf(config, runDir.value);
  const json = makeBootstrap({ adsSocket, adminSocket: admin, nodeId: name, cluster: name, parts });
  // Where to listen is said over xDS.
  const left = said.filter(({ path }) => path.startsWith(FLAG) || path.startsWith("gateway."));
  const issues = [...left, ...(consul === undefined ? [] : [NOT_ASKED])];
  return { code: 0, json, text: JSON.stringify(json, undefined, 2), ...(issues.length === 0 ? {} : { issues }) };
}

function flagInputs(config: RuntimeConfig, name: string): OptionInputs {
  const { proxyConfig, allowPublic } = config.options ?? NO_FLAGS;
  return {
    layers: [{ path: FLAG, config: proxyConfig }],
    ...{ own: [], tagged: {}, allowPublic, host: hostFacts(config, name) },
  };
}
