// Every form in which a gateway process is launched, by name: manifest and options → files, or every mistake at once.

import type { Issue, Result } from "../model/issues";
import { CLOUD_INIT_RULES, type CloudInitOptions, renderCloudInit } from "./cloud-init";
import { COMPOSE_RULES, type ComposeOptions, renderCompose } from "./compose";
import { consulRule } from "./consul-options";
import { ECS_RULES, type EcsOptions, renderEcs } from "./ecs";
import { HOST_RULES, type HostOptions, systemdFiles } from "./host-files";
import { renderKubernetes } from "./kubernetes";
import {
  KUBERNETES_MANIFEST_BYTES,
  KUBERNETES_NAME,
  KUBERNETES_RULES,
  type KubernetesOptions,
} from "./kubernetes-options";
import { NOMAD_RULES, NOMAD_VARIABLE_BYTES, type NomadOptions, renderNomad } from "./nomad";
import type { LaunchedGateway, LaunchFile } from "./options";
import { checkOptions, type Rules } from "./rules";
import { manifestFiles } from "./run-arguments";
import { renderShell, SHELL_RULES, type ShellOptions } from "./shell";
import { type GatewayInConsul, type Limits, place, placeIssues, registrationIssues } from "./source";
import { toldIssues, withTold } from "./told";

/** The options of each form. */
export interface LaunchOptions {
  /** Unit and environment file. */
  readonly systemd: HostOptions;
  /** User data of a machine. */
  readonly "cloud-init": CloudInitOptions;
  /** A project of Docker Compose. */
  readonly compose: ComposeOptions;
  /** Objects for `kubectl apply`. */
  readonly kubernetes: KubernetesOptions;
  /** A job, as JSON. */
  readonly nomad: NomadOptions;
  /** A task definition. */
  readonly ecs: EcsOptions;
  /** A script that starts it in the foreground. */
  readonly shell: ShellOptions;
}

export type LaunchForm = keyof LaunchOptions;

interface Form<O> extends Limits {
  readonly rules: Rules<O>;
  readonly render: (gateway: LaunchedGateway, options: O) => Result<readonly LaunchFile[]>;
}

const FORMS: { readonly [F in LaunchForm]: Form<LaunchOptions[F]> } = {
  systemd: { rules: HOST_RULES, render: (gateway, options) => files(renderSystemd(gateway, options)) },
  "cloud-init": { rules: CLOUD_INIT_RULES, render: renderCloudInit },
  compose: {
    rules: COMPOSE_RULES,
    render: (gateway, options) => files(renderCompose(gateway, options)),
    isContainer: true,
  },
  kubernetes: {
    rules: KUBERNETES_RULES,
    render: (gateway, options) => files(renderKubernetes(gateway, options)),
    isContainer: true,
    mostManifestBytes: KUBERNETES_MANIFEST_BYTES,
    name: KUBERNETES_NAME,
  },
  nomad: {
    rules: NOMAD_RULES,
    render: (gateway, options) => files(renderNomad(gateway, options)),
    isContainer: true,
    mostManifestBytes: NOMAD_VARIABLE_BYTES,
  },
  ecs: { rules: ECS_RULES, render: renderEcs, isContainer: true },
  shell: { rules: SHELL_RULES, render: (gateway, options) => files(renderShell(gateway, options)) },
};

export const LAUNCH_FORMS = Object.keys(FORMS) as readonly LaunchForm[];

/**
 * The files of one form. `source` is the text of a manifest, of which the form takes name and port, and which is carried as
 * it is; or a gateway in Consul, which needs the option `consul`. Issues have paths in the manifest, or start with an
 * option's name.
 */
export function renderLaunch<F extends LaunchForm>(
  form: F,
  source: string | GatewayInConsul,
  options: LaunchOptions[F],
): Result<readonly LaunchFile[]> {
  const { rules, render } = FORMS[form];
  const limits: Limits = FORMS[form];
  const mistakes = checkOptions(options, rules);
  const isConsulRight = options.consul !== undefined && consulRule(options.consul, "").length === 0;
  const consul = isConsulRight ? options.consul : undefined;
  const placed = place(source, consul);
  // Where it listens is not known from options that are wrong.
  const isPlaceKnown = typeof source === "string" || isConsulRight;
  const issues = [
    ...(placed.ok
      ? placeIssues(placed.value, isPlaceKnown ? limits : { ...limits, isContainer: false })
      : placed.error),
    ...(placed.ok && consul !== undefined ? registrationIssues(placed.value) : []),
    ...(typeof source === "string" || options.consul !== undefined ? [] : [NO_SERVERS]),
    ...(placed.ok ? toldIssues("consul", options, placed.value.told) : []),
    ...mistakes,
  ];
  if (!placed.ok || issues.length > 0) return { ok: false, error: issues };
  const { gateway, told } = placed.value;
  return render(gateway, withTold(options, told));
}

const NO_SERVERS: Issue = {
  path: "consul",
  got: "nothing, and no manifest",
  allowed: "how the servers are reached",
  hint: "give the option consul, or the text of a manifest",
};

function renderSystemd(gateway: LaunchedGateway, options: HostOptions): readonly LaunchFile[] {
  return [...systemdFiles(gateway, options), ...manifestFiles(gateway, `${gateway.gatewayName}.manifest.json`)];
}

function files(value: readonly LaunchFile[]): Result<readonly LaunchFile[]> {
  return { ok: true, value };
}
