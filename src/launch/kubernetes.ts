// ConfigMap, Deployment and Service of one gateway. The Deployment holds nothing of the services: the kubelet brings a
// changed ConfigMap into the running pods, and the process reads it.

import { MANIFEST_NAME, portsOf } from "./container";
import type { KubernetesOptions } from "./kubernetes-options";
import { podSpec } from "./kubernetes-pod";
import { type LaunchedGateway, type LaunchFile, launchName } from "./options";
import { type YamlMap, yamlText } from "./yaml";

/** `<gateway>.kubernetes.yaml`, to apply as it is or to keep in git. */
export function renderKubernetes(gateway: LaunchedGateway, options: KubernetesOptions): readonly LaunchFile[] {
  const { gatewayName } = gateway;
  const configMaps = gateway.readsManifest ? [configMap(gateway, options)] : [];
  const objects = [...configMaps, deployment(gateway, options), service(gateway, options)];
  return [{ name: `${gatewayName}.kubernetes.yaml`, text: objects.map(yamlText).join("---\n") }];
}

function configMap(gateway: LaunchedGateway, options: KubernetesOptions): YamlMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: metadata(gateway, options),
    data: { [MANIFEST_NAME]: gateway.manifest },
  };
}

function deployment(gateway: LaunchedGateway, options: KubernetesOptions): YamlMap {
  const { replicas = 1, stateClaim } = options;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(gateway, options),
    spec: {
      replicas,
      selector: { matchLabels: labels(gateway) },
      // Two pods must not share one private state, not even while one replaces the other.
      strategy:
        stateClaim === undefined
          ? { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
          : { type: "Recreate" },
      template: { metadata: { labels: labels(gateway) }, spec: podSpec(gateway, options) },
    },
  };
}

function service(gateway: LaunchedGateway, options: KubernetesOptions): YamlMap {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(gateway, options),
    spec: {
      selector: labels(gateway),
      ports: portsOf(gateway).map(({ name, port }) => ({ name, port, targetPort: name, protocol: "TCP" })),
    },
  };
}

function metadata(gateway: LaunchedGateway, { namespace }: KubernetesOptions): YamlMap {
  return {
    name: launchName(gateway.gatewayName),
    ...(namespace === undefined ? {} : { namespace }),
    labels: labels(gateway),
  };
}

function labels({ gatewayName }: LaunchedGateway): YamlMap {
  return {
    "app.kubernetes.io/name": "consul-terminating-gateway",
    "app.kubernetes.io/instance": gatewayName,
  };
}
