// Standalone: the manifest is the catalog, the embedded CA issues leaves, and nobody is told where the gateway is.

import type { GatewayModel } from "../model/gateway";
import { given } from "../model/given";
import type { Issue, Result } from "../model/issues";
import type { RuntimeConfig } from "./config";
import { GatewayOptions, mistakesAtStart } from "./gateway-options";
import type { GatewaySource, OpenSource } from "./gateway-source";
import { hostFacts } from "./host-facts";
import { applyChange } from "./manifest-side";
import { sayIssues } from "./narrate";
import type { OptionInputs } from "./options/effective";
import { FLAG, NO_FLAGS } from "./options/flags";
import type { StateDir } from "./persist";
import { type Logger, systemClock } from "./ports";
import { openAuthority } from "./source/local/authority";
import { issueClientLeaf } from "./source/local/cert";
import { startLocalSource } from "./source/local/local-source";
import { type ReadManifest, readManifest } from "./source/manifest/read";
import { watchManifest } from "./source/manifest/watch-manifest";

const NO_MANIFEST: Issue = {
  path: "manifest",
  got: "nothing, and no Consul server",
  allowed: "a manifest file, a cdktf.out directory, or - for standard input",
  hint: "standalone, the manifest is the catalog",
};

/** Reads the manifest; the rest follows with open(). */
export async function readStandalone(config: RuntimeConfig, log: Logger): Promise<Result<GatewaySource>> {
  const { manifest, gateway } = config;
  if (manifest === undefined) return { ok: false, error: [NO_MANIFEST] };
  const which = gateway === undefined ? {} : { gateway };
  const read = await readManifest(manifest, which);
  if (!read.ok) return read;
  const { model, origin } = read.value;
  const mistakes = mistakesAtStart(standaloneInputs(config, model));
  if (mistakes.length > 0) return { ok: false, error: mistakes };
  const about = { gateway: model.name, file: origin.file, shape: origin.shape, services: model.services.length };
  log.info("manifest read", about);
  const open = (state: StateDir): Promise<OpenSource> =>
    openStandalone({ config, manifest, which, read: read.value, state, log });
  return {
    ok: true,
    value: {
      kind: "standalone",
      gateway: model.name,
      open: async (state) => ({ ok: true, value: await open(state) }),
    },
  };
}

/** All that is said of the options: by flags, then by the manifest. */
export function standaloneInputs(config: RuntimeConfig, { name, bind, proxyConfig }: GatewayModel): OptionInputs {
  const { proxyConfig: flags, allowPublic } = config.options ?? NO_FLAGS;
  return {
    layers: [
      { path: FLAG, config: flags },
      { path: "gateway.proxyConfig", config: { ...proxyConfig } },
    ],
    own: [{ name: "default", address: bind.address, port: bind.port }],
    ...{ tagged: {}, allowPublic: allowPublic || bind.allowPublic === true, host: hostFacts(config, name) },
  };
}

async function openStandalone(options: {
  readonly config: RuntimeConfig;
  readonly manifest: string;
  readonly which: { readonly gateway?: string };
  readonly read: ReadManifest;
  readonly state: StateDir;
  readonly log: Logger;
}): Promise<OpenSource> {
  const { config, manifest, which, read, state, log } = options;
  const { model } = read;
  const authority = await openAuthority(state, systemClock);
  return {
    trust: authority.bundle,
    issueLeaf: (service) => issueClientLeaf({ authority, service, ...placeOf(read) }),
    rotateRoot: async () => void (await authority.rotateRoot()),
    close: () => Promise.resolve(),
    start(emit) {
      const held = new GatewayOptions(log);
      const optionsOf = (next: GatewayModel) => held.take(standaloneInputs(config, next));
      const local = startLocalSource({ model, authority, emit, clock: systemClock, log, optionsOf });
      const parts = Promise.resolve(held.start());
      const watch =
        manifest === "-"
          ? undefined
          : watchManifest(manifest, {
              ...which,
              clock: systemClock,
              log,
              current: read,
              onChange: (next) => applyChange(next, model.name, local.apply, log),
              onProblem: (issues) => sayIssues(issues, log),
            });
      return {
        reload: () => watch?.reload(),
        setServing: () => undefined,
        status: () => ({ options: held.notTaken() }),
        partsRefused: (reason) => held.partsRefused(reason),
        parts,
        async stop() {
          watch?.stop();
          local.stop();
        },
      };
    },
  };
}

function placeOf({ model }: ReadManifest): { datacenter: string; namespace?: string; partition?: string } {
  const { datacenter, namespace, partition } = model;
  return {
    datacenter,
    ...given({ namespace, partition }),
  };
}
