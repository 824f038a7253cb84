// Container definitions of one gateway for an ECS task definition, and the task's volumes that they mount. The manifest is a
// file in a volume of the task: text in a task definition could only change with the whole task.

import type { Result } from "../model/issues";
import {
  argumentsOf,
  entrypointOf,
  environmentOf,
  MANIFEST_DIR,
  MANIFEST_NAME,
  portSetting,
  portsOf,
  RUN_DIR,
  STATE_DIR,
  userOf,
} from "./container";
import { CONTAINER_RULES, RESOURCE_NAME } from "./form-rules";
import {
  type ContainerOptions,
  DEFAULT_STOP_SECONDS,
  jsonText,
  type LaunchedGateway,
  type LaunchFile,
} from "./options";
import { fields, optional, type Rules, text, wholeNumber } from "./rules";
import { manifestFiles, manifestVariable } from "./run-arguments";

export interface EcsOptions extends ContainerOptions {
  /** Volume of the task with `manifest.json` at its root, as one on EFS; needed where there is a manifest. */
  readonly manifestVolume?: string;
  /** Volume of the task for the private state. @default - a volume that ends with the task */
  readonly stateVolume?: string;
  /** ARN of a Secrets Manager secret or SSM parameter that holds a Consul token. @default - no token */
  readonly tokenSecretArn?: string;
  /** CloudWatch logs. @default - no logs are kept */
  readonly logs?: { readonly group: string; readonly region: string };
  /** Seconds to drain and stop; Fargate takes at most 120. @default 30 */
  readonly stopSeconds?: number;
}

const MOST_STOP_SECONDS = 120;

export const ECS_RULES: Rules<EcsOptions> = {
  ...CONTAINER_RULES,
  manifestVolume: optional(RESOURCE_NAME),
  stateVolume: optional(RESOURCE_NAME),
  tokenSecretArn: optional(text("the ARN of a secret or parameter", /^arn:[a-z-]+:(secretsmanager|ssm):\S+$/)),
  logs: optional(
    fields({ group: text("the name of a log group", /^[\w./#-]+$/), region: text("a region", /^[a-z0-9-]+$/) }),
  ),
  stopSeconds: optional(wholeNumber(0, MOST_STOP_SECONDS)),
};

/** `<gateway>.containers.json`, `<gateway>.volumes.json` without the volumes that the user named, and the manifest. */
export function renderEcs(gateway: LaunchedGateway, options: EcsOptions): Result<readonly LaunchFile[]> {
  const { gatewayName, readsManifest } = gateway;
  if (readsManifest !== (options.manifestVolume !== undefined))
    return { ok: false, error: [VOLUME[`${readsManifest}`]] };
  const volumes = [...(options.stateVolume === undefined ? [{ name: "state" }] : []), { name: "run" }];
  const value = [
    { name: `${gatewayName}.containers.json`, text: jsonText([container(gateway, options)]) },
    { name: `${gatewayName}.volumes.json`, text: jsonText(volumes) },
    ...manifestFiles(gateway, MANIFEST_NAME),
  ];
  return { ok: true, value };
}

const VOLUME = {
  true: {
    path: "manifestVolume",
    got: "nothing",
    allowed: "the name of a volume of the task",
    hint: "put manifest.json at its root",
  },
  false: { path: "manifestVolume", got: "a volume", allowed: "nothing without a manifest", hint: "leave it out" },
} as const;

function container(gateway: LaunchedGateway, options: EcsOptions): object {
  const { gatewayName } = gateway;
  const { image, logs, tokenSecretArn, stopSeconds = DEFAULT_STOP_SECONDS } = options;
  const setting = portSetting(gateway);
  const environment = environmentOf(options, manifestVariable(gateway, `${MANIFEST_DIR}/${MANIFEST_NAME}`));
  const user = userOf(options);
  return {
    name: "gateway",
    image,
    essential: true,
    entryPoint: entrypointOf(options),
    command: argumentsOf(gateway, options),
    environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
    // ECS knows secrets as variables only. The runtime hands none of its environment on to Envoy.
    ...(tokenSecretArn === undefined ? {} : { secrets: [{ name: "CONSUL_HTTP_TOKEN", valueFrom: tokenSecretArn }] }),
    user: `${user}:${user}`,
    readonlyRootFilesystem: true,
    linuxParameters: { capabilities: { drop: ["ALL"] } },
    ...(setting === undefined ? {} : { systemControls: [{ namespace: setting.name, value: setting.value }] }),
    ulimits: [{ name: "nofile", softLimit: 1048576, hardLimit: 1048576 }],
    portMappings: portsOf(gateway).map(({ port }) => ({ containerPort: port, hostPort: port, protocol: "tcp" })),
    mountPoints: mountPoints(options),
    stopTimeout: stopSeconds,
    ...(logs === undefined
      ? {}
      : {
          logConfiguration: {
            logDriver: "awslogs",
            options: {
              "awslogs-group": logs.group,
              "awslogs-region": logs.region,
              "awslogs-stream-prefix": gatewayName,
            },
          },
        }),
  };
}

function mountPoints({ manifestVolume, stateVolume = "state", credentials = [] }: EcsOptions): readonly object[] {
  const manifest = manifestVolume === undefined ? [] : [{ source: manifestVolume, mountPath: MANIFEST_DIR }];
  const readOnly = [...manifest, ...credentials];
  return [
    ...readOnly.map(({ source, mountPath }) => ({ sourceVolume: source, containerPath: mountPath, readOnly: true })),
    { sourceVolume: stateVolume, containerPath: STATE_DIR, readOnly: false },
    { sourceVolume: "run", containerPath: RUN_DIR, readOnly: false },
  ];
}
