// The pod of a gateway: one container without privileges, its volumes, when it counts as ready.

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
import type { KubernetesOptions } from "./kubernetes-options";
import { SERVICE_ACCOUNT_TOKEN } from "./login";
import { DEFAULT_STOP_SECONDS, type LaunchedGateway, launchName } from "./options";
import { manifestVariable } from "./run-arguments";
import type { YamlMap } from "./yaml";

interface Volume {
  readonly source: YamlMap;
  readonly mountPath: string;
  readonly readOnly: boolean;
}

/** For its owner and group: the pod's group is the process's own. */
const SECRET_MODE = 0o440;

export function podSpec(gateway: LaunchedGateway, options: KubernetesOptions): YamlMap {
  const { serviceAccount, stopSeconds = DEFAULT_STOP_SECONDS } = options;
  const setting = portSetting(gateway);
  const user = userOf(options);
  const volumes = Object.entries(volumesOf(gateway, options));
  return {
    ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
    // Mounted only where the process logs in with it.
    automountServiceAccountToken: options.consul?.bearerTokenFile === SERVICE_ACCOUNT_TOKEN,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: stopSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      // The other policy opens the private state to the group at every mount, and the runtime would refuse it.
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
      ...(setting === undefined ? {} : { sysctls: [{ name: setting.name, value: setting.value }] }),
    },
    containers: [
      { ...container(gateway, options), volumeMounts: volumes.map(([name, volume]) => mount(name, volume)) },
    ],
    volumes: volumes.map(([name, { source }]) => ({ name, ...source })),
  };
}

function container(gateway: LaunchedGateway, options: KubernetesOptions): YamlMap {
  const environment = environmentOf(options, {
    ...manifestVariable(gateway, `${MANIFEST_DIR}/${MANIFEST_NAME}`),
    ...(options.tokenSecret === undefined ? {} : { CONSUL_HTTP_TOKEN_FILE: `${TOKEN_DIR}/${TOKEN_NAME}` }),
  });
  return {
    name: "gateway",
    image: options.image,
    command: entrypointOf(options).map(escaped),
    args: argumentsOf(gateway, options).map(escaped),
    env: Object.entries(environment).map(([name, value]) => ({ name, value: escaped(value) })),
    ports: portsOf(gateway).map(({ name, port }) => ({ name, containerPort: port, protocol: "TCP" })),
    // Envoy listens once it has its first configuration. No liveness probe: a process that cannot go on exits by itself,
    // and to restart one that waits for Consul would end connections that still work.
    readinessProbe: { tcpSocket: { port: "gateway" }, periodSeconds: 5 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

function volumesOf(
  { gatewayName, readsManifest }: LaunchedGateway,
  options: KubernetesOptions,
): Readonly<Record<string, Volume>> {
  const { credentials = [], tokenSecret, stateClaim } = options;
  const secret = (name: string, more: YamlMap): YamlMap => ({
    secret: { secretName: name, defaultMode: SECRET_MODE, ...more },
  });
  return {
    ...(readsManifest
      ? {
          manifest: {
            source: { configMap: { name: launchName(gatewayName) } },
            mountPath: MANIFEST_DIR,
            readOnly: true,
          },
        }
      : {}),
    state: {
      source: stateClaim === undefined ? { emptyDir: {} } : { persistentVolumeClaim: { claimName: stateClaim } },
      mountPath: STATE_DIR,
      readOnly: false,
    },
    run: { source: { emptyDir: { medium: "Memory" } }, mountPath: RUN_DIR, readOnly: false },
    ...(tokenSecret === undefined
      ? {}
      : {
          token: {
            source: secret(tokenSecret.name, { items: [{ key: tokenSecret.key, path: TOKEN_NAME }] }),
            mountPath: TOKEN_DIR,
            readOnly: true,
          },
        }),
    ...Object.fromEntries(
      credentials.map(({ source, mountPath }, index) => [
        `credentials-${index}`,
        { source: secret(source, {}), mountPath, readOnly: true },
      ]),
    ),
  };
}

function mount(name: string, { mountPath, readOnly }: Volume): YamlMap {
  return { name, mountPath, ...(readOnly ? { readOnly } : {}) };
}

/** `$(NAME)` is replaced in commands, arguments and variables. */
function escaped(text: string): string {
  return text.replaceAll("$(", () => "$$(");
}
