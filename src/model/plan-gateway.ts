// Plan items of the gateway itself: config entry, ACL policy, role and token, manifest.

import type { GatewayModel, ServiceModel } from "./gateway";
import { makeManifest } from "./manifest";
import { manifestKey } from "./manifest-names";
import { aclItems, exportItems, POLICY_KEY } from "./plan-acl";
import { hasDefaults, hasIntentions, keyOf, partitionOf } from "./plan-context";
import type { ConfigEntryItem, KvKeyItem, PlanItem, PlanJson } from "./plan-types";

/** Key of the item that brings the manifest to the gateway processes by Consul's KV store. */
export const MANIFEST_KEY = "manifest-key";

/** The gateway's config entry, its ACL policy, role and token as far as wanted, and the manifest, in Consul too where wanted. */
export function planGateway<S>(model: GatewayModel<S>): readonly PlanItem<S>[] {
  const entry = gatewayItem(model);
  const acl = aclItems<S>(model);
  const manifest: PlanItem<S> = {
    kind: "manifest",
    key: "manifest",
    dependsOn: [entry, ...acl.slice(-1)].map(({ key }) => key),
    args: { manifest: makeManifest(model) },
  };
  return [...acl, ...exportItems(model), ...keyItems(model), entry, manifest];
}

/** Before the gateway's entry: what only the manifest says of a service holds from its first connection on. */
function keyItems<S>(model: GatewayModel<S>): readonly KvKeyItem<S>[] {
  if (model.delivery !== "kv") return [];
  const { namespace } = model;
  return [
    {
      kind: "kv-key",
      key: MANIFEST_KEY,
      dependsOn: model.acl.enabled ? [POLICY_KEY] : [],
      args: {
        path: manifestKey(model.name),
        ...(namespace === undefined ? {} : { namespace }),
        ...partitionOf(model),
        value: makeManifest(model),
      },
    },
  ];
}

/** After all that concerns its services: a link opens the way, so the intentions are there before it. */
function gatewayItem<S>(model: GatewayModel<S>): ConfigEntryItem<S> {
  const { services, meta } = model;
  return {
    kind: "config-entry",
    key: "gateway",
    dependsOn: [
      ...(model.acl.enabled ? [POLICY_KEY] : []),
      ...(model.delivery === "kv" ? [MANIFEST_KEY] : []),
      ...services.flatMap((service) => [
        ...service.instances.map(({ id }) => keyOf("service", id, service, model)),
        ...(hasIntentions(service)
          ? [keyOf("intentions", service.name, service, model)]
          : hasDefaults(service)
            ? [keyOf("defaults", service.name, service, model)]
            : []),
      ]),
    ],
    args: {
      kind: "terminating-gateway",
      name: model.name,
      ...(model.namespace === undefined ? {} : { namespace: model.namespace }),
      ...partitionOf(model),
      config: {
        ...(services.length === 0 ? {} : { Services: services.map(linkedService) }),
        ...(Object.keys(meta).length === 0 ? {} : { Meta: meta }),
      },
    },
  };
}

function linkedService<S>(service: ServiceModel<S>): { readonly [key: string]: PlanJson<S> } {
  const { name, namespace, upstream, disableAutoHostRewrite } = service;
  const tls = upstream.mode === "tls" ? upstream : undefined;
  return {
    Name: name,
    ...(namespace === undefined ? {} : { Namespace: namespace }),
    ...(tls?.caFile === undefined ? {} : { CAFile: tls.caFile }),
    ...(tls?.certFile === undefined ? {} : { CertFile: tls.certFile }),
    ...(tls?.keyFile === undefined ? {} : { KeyFile: tls.keyFile }),
    ...(tls?.sni === undefined ? {} : { SNI: tls.sni }),
    ...(disableAutoHostRewrite ? { DisableAutoHostRewrite: true } : {}),
  };
}
