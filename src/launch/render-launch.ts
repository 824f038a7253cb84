// Every form in which a gateway process is launched, by name: manifest and options → files, or every mistake at once.

import type { GatewayModel } from "../model/gateway";
import type { Issue, Result } from "../model/issues";
import { decodeManifest } from "../model/manifest-decode";
import { CLOUD_INIT_RULES, type CloudInitOptions, renderCloudInit } from "./cloud-init";
import { COMPOSE_RULES, type ComposeOptions, renderCompose } from "./compose";
import { ECS_RULES, type EcsOptions, renderEcs } from "./ecs";
import { HOST_RULES, type HostOptions, hostFiles } from "./host-files";
import { renderKubernetes } from "./kubernetes";
import {
  KUBERNETES_MANIFEST_BYTES,
  KUBERNETES_NAME,
  KUBERNETES_RULES,
  type KubernetesOptions,
} from "./kubernetes-options";
import { NOMAD_RULES, NOMAD_VARIABLE_BYTES, type NomadOptions, renderNomad } from "./nomad";
import type { LaunchedGateway, LaunchFile } from "./options";
import { checkOptions, type Rule, type Rules } from "./rules";
import { renderShell, SHELL_RULES, type ShellOptions } from "./shell";

/** The options of each form. */
export interface LaunchOptions {
  readonly systemd: HostOptions;
  readonly "cloud-init": CloudInitOptions;
  readonly compose: ComposeOptions;
  readonly kubernetes: KubernetesOptions;
  readonly nomad: NomadOptions;
  readonly ecs: EcsOptions;
  readonly shell: ShellOptions;
}

export type LaunchForm = keyof LaunchOptions;

interface Form<O> extends Limits {
  readonly rules: Rules<O>;
  readonly render: (gateway: LaunchedGateway, options: O) => Result<readonly LaunchFile[]>;
}

/** What the place asks of a manifest. */
interface Limits {
  /** Whether the process has a loopback interface of its own. */
  readonly isContainer?: boolean;
  /** Bytes of manifest that the place can hold. */
  readonly mostManifestBytes?: number;
  readonly name?: Rule;
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
  ecs: { rules: ECS_RULES, render: (gateway, options) => files(renderEcs(gateway, options)), isContainer: true },
  shell: { rules: SHELL_RULES, render: (gateway, options) => files(renderShell(gateway, options)) },
};

export const LAUNCH_FORMS = Object.keys(FORMS) as readonly LaunchForm[];

/**
 * The files of one form. `manifest` is the text of a manifest, of which the form takes name and port; it is carried as it
 * is. Issues have paths in the manifest, or start with an option's name.
 */
export function renderLaunch<F extends LaunchForm>(
  form: F,
  manifest: string,
  options: LaunchOptions[F],
): Result<readonly LaunchFile[]> {
  const { rules, render } = FORMS[form];
  const limits: Limits = FORMS[form];
  const decoded = decode(manifest);
  const issues = [
    ...(decoded.ok ? manifestIssues(decoded.value, manifest, limits) : decoded.error),
    ...checkOptions(options, rules),
  ];
  if (!decoded.ok || issues.length > 0) return { ok: false, error: issues };
  const { name, bind } = decoded.value;
  return render({ gatewayName: name, bindPort: bind.port, manifest }, options);
}

function decode(manifest: string): Result<GatewayModel<string>> {
  let value: unknown;
  try {
    value = JSON.parse(manifest);
  } catch {
    // The parser's message quotes the text, which may hold secrets: it is not passed on.
    const issue = { path: "manifest", got: "text that is not JSON", allowed: "a manifest", hint: "synthesise it anew" };
    return { ok: false, error: [issue] };
  }
  return decodeManifest(value);
}

function manifestIssues(
  { name, bind }: GatewayModel<string>,
  manifest: string,
  { isContainer = false, mostManifestBytes = Number.POSITIVE_INFINITY, name: rule }: Limits,
): readonly Issue[] {
  const issues: Issue[] = [...(rule?.(name, "gateway.name") ?? [])];
  if (isContainer && (bind.address === "::1" || bind.address.startsWith("127."))) {
    const hint = "in a container this is reached by nobody: bind 0.0.0.0";
    issues.push({ path: "gateway.bind.address", got: bind.address, allowed: "an address that others reach", hint });
  }
  const bytes = new TextEncoder().encode(manifest).length;
  if (bytes > mostManifestBytes) {
    const hint = "divide the services among several gateways";
    issues.push({ path: "manifest", got: `${bytes} bytes`, allowed: `at most ${mostManifestBytes} bytes`, hint });
  }
  return issues;
}

function renderSystemd(gateway: LaunchedGateway, options: HostOptions): readonly LaunchFile[] {
  const host = hostFiles(gateway, options);
  return [
    { name: host.unitName, text: host.unit },
    { name: `${gateway.gatewayName}.env`, text: host.environment },
    { name: `${gateway.gatewayName}.manifest.json`, text: gateway.manifest },
  ];
}

function files(value: readonly LaunchFile[]): Result<readonly LaunchFile[]> {
  return { ok: true, value };
}
