// Plan items of external services: nodes, services, service-defaults, service-intentions.

import type { InstanceModel, ServiceModel } from "./gateway";
import { toConfigEntrySources } from "./intentions";
import { hasDefaults, hasIntentions, keyOf, type PlanContext, partitionOf, tenancyOf } from "./plan-context";
import type { ConfigEntryItem, NodeItem, PlanItem, ServiceItem } from "./plan-types";

/** Nodes, services, service-defaults and service-intentions; a node shared by several services is planned once. */
export function planServices<S>(services: readonly ServiceModel<S>[], context: PlanContext): readonly PlanItem<S>[] {
  const nodes = new Map<string, PlanItem<S>>();
  for (const { instances } of services) {
    for (const each of instances) {
      if (!nodes.has(each.node)) nodes.set(each.node, nodeItem(each, context));
    }
  }
  return [
    ...nodes.values(),
    ...services.flatMap((each) => each.instances.map((instance) => serviceItem(each, instance, context))),
    ...services.filter(hasDefaults).map((each) => defaultsItem<S>(each, context)),
    ...services.filter(hasIntentions).map((each) => intentionsItem<S>(each, context)),
  ];
}

function nodeItem<S>({ node, address }: InstanceModel<S>, context: PlanContext): NodeItem<S> {
  const args = { name: node, address, ...partitionOf(context), meta: { "external-node": "true" } };
  return { kind: "node", key: `node-${node}`, dependsOn: [], args };
}

function serviceItem<S>(service: ServiceModel<S>, instance: InstanceModel<S>, context: PlanContext): ServiceItem<S> {
  const node = `node-${instance.node}`;
  const { id, address, port, weight } = instance;
  return {
    kind: "service",
    key: keyOf("service", id, service, context),
    node,
    dependsOn: [node],
    args: {
      name: service.name,
      // Both are spelled out: without an id equal names on one node overwrite each other, and a removed address stays.
      serviceId: id,
      address,
      port,
      ...tenancyOf(service, context),
      meta: service.meta,
      tags: service.tags,
      ...(weight === 1 ? {} : { weights: { passing: weight, warning: 1 } }),
    },
  };
}

function defaultsItem<S>(service: ServiceModel<S>, context: PlanContext): ConfigEntryItem<S> {
  return {
    kind: "config-entry",
    key: keyOf("defaults", service.name, service, context),
    dependsOn: [],
    args: {
      kind: "service-defaults",
      name: service.name,
      ...tenancyOf(service, context),
      // The server returns the three empty objects: left out, they are a difference for ever.
      config: { Protocol: service.protocol, Expose: {}, MeshGateway: {}, TransparentProxy: {} },
    },
  };
}

/** After the defaults and destroyed before them: L7 permissions need the protocol, or the server answers 500. */
function intentionsItem<S>(service: ServiceModel<S>, context: PlanContext): ConfigEntryItem<S> {
  return {
    kind: "config-entry",
    key: keyOf("intentions", service.name, service, context),
    dependsOn: hasDefaults(service) ? [keyOf("defaults", service.name, service, context)] : [],
    args: {
      kind: "service-intentions",
      name: service.name,
      ...tenancyOf(service, context),
      config: { Sources: toConfigEntrySources(service.intentions) },
    },
  };
}
