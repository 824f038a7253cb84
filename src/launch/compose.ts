// A Compose project for one gateway: one container, the manifest in a folder beside the file.

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
  TOKEN_DIR,
  TOKEN_NAME,
  userOf,
} from "./container";
import { CONTAINER_RULES } from "./form-rules";
import {
  type ContainerOptions,
  DEFAULT_STOP_SECONDS,
  type LaunchedGateway,
  type LaunchFile,
  launchName,
} from "./options";
import { absolutePath, fields, listOf, optional, type Rules } from "./rules";
import { manifestFiles, manifestVariable } from "./run-arguments";
import { type Yaml, type YamlMap, yamlText } from "./yaml";

export interface ComposeOptions extends ContainerOptions {
  /** File with a Consul token on the host, readable for the container's user; only its path is written. @default - no token */
  readonly tokenFile?: string;
}

export const COMPOSE_RULES: Rules<ComposeOptions> = {
  ...CONTAINER_RULES,
  credentials: optional(listOf(fields({ source: absolutePath, mountPath: absolutePath }))),
  tokenFile: optional(absolutePath),
};

/**
 * `compose.yaml` and, where the process reads one, `<gateway>/manifest.json`. The manifest is a mounted folder and no `config`: Compose makes the
 * container anew when a config changes.
 */
export function renderCompose(gateway: LaunchedGateway, options: ComposeOptions): readonly LaunchFile[] {
  const { gatewayName } = gateway;
  const { tokenFile } = options;
  const document: YamlMap = {
    name: launchName(gatewayName).replaceAll(".", "-"),
    services: { gateway: service(gateway, options) },
    ...(tokenFile === undefined ? {} : { secrets: { [TOKEN_NAME]: { file: tokenFile } } }),
    volumes: { state: {} },
  };
  return [
    { name: "compose.yaml", text: yamlText(escaped(document) as YamlMap) },
    ...manifestFiles(gateway, `${gatewayName}/${MANIFEST_NAME}`),
  ];
}

function service(gateway: LaunchedGateway, options: ComposeOptions): YamlMap {
  const { gatewayName, readsManifest } = gateway;
  const { image, credentials = [], tokenFile, stopSeconds = DEFAULT_STOP_SECONDS } = options;
  const setting = portSetting(gateway);
  return {
    image,
    entrypoint: entrypointOf(options),
    command: argumentsOf(gateway, options),
    environment: environmentOf(options, {
      ...manifestVariable(gateway, `${MANIFEST_DIR}/${MANIFEST_NAME}`),
      ...(tokenFile === undefined ? {} : { CONSUL_HTTP_TOKEN_FILE: `${TOKEN_DIR}/${TOKEN_NAME}` }),
    }),
    user: `${userOf(options)}:${userOf(options)}`,
    read_only: true,
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    ...(setting === undefined ? {} : { sysctls: { [setting.name]: setting.value } }),
    ulimits: { nofile: 1048576 },
    restart: "unless-stopped",
    stop_grace_period: `${stopSeconds}s`,
    ports: portsOf(gateway).map(({ port }) => ({ target: port, published: String(port), protocol: "tcp" })),
    volumes: [
      ...(readsManifest ? [mount(`./${gatewayName}`, MANIFEST_DIR)] : []),
      ...credentials.map(({ source, mountPath }) => mount(source, mountPath)),
      { type: "volume", source: "state", target: STATE_DIR },
      { type: "tmpfs", target: RUN_DIR },
    ],
    ...(tokenFile === undefined ? {} : { secrets: [{ source: TOKEN_NAME }] }),
  };
}

/** A folder that is missing is a mistake, not an empty folder to make. */
function mount(source: string, target: string): YamlMap {
  return { type: "bind", source, target, read_only: true, bind: { create_host_path: false } };
}

/** `$` starts a variable in every text of the file. */
function escaped(value: Yaml): Yaml {
  if (typeof value === "string") return value.replaceAll("$", () => "$$");
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(escaped);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, escaped(each)]));
}
