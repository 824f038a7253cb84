// Listeners: the router, which never changes with services, and the internal listener of each service.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Addressing } from "../snapshot/addressing";
import type { AccessLogs } from "../snapshot/listening";
import type { GatewayIdentity, ServiceSnapshot } from "../snapshot/state";
import { routerLog } from "./access-log";
import { constant } from "./encode";
import { duration, socketAddress } from "./fields";
import { filterChain } from "./filter-chain";
import { TrafficDirection } from "./gen/lean/envoy/config/core/v3/base_pb";
import { ListenerSchema } from "./gen/lean/envoy/config/listener/v3/listener_pb";
import {
  FilterStateValueSchema,
  FilterStateValue_SharedWithUpstream as SharedWithUpstream,
} from "./gen/lean/envoy/extensions/filters/common/set_filter_state/v3/value_pb";
import { TlsInspectorSchema } from "./gen/lean/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb";
import { ConfigSchema as SetFilterStateSchema } from "./gen/lean/envoy/extensions/filters/network/set_filter_state/v3/set_filter_state_pb";
import { TcpProxySchema } from "./gen/lean/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb";
import { CALLER_STATE } from "./load-balancer";
import { MESH_IDENTITY, ROUTER_PREFIX, routerListener, type ServiceNames } from "./names";
import { makeResource, pack } from "./pack";
import type { Resource, ResourceRef } from "./resource";

/** The cluster of connections whose SNI chose none. Nothing has this name, nor could a caller choose it. */
const NO_CLUSTER = "none";

/**
 * The caller's address for those clusters `to-<sni>` that pass it on: behind them every connection comes from Envoy itself.
 * As an address, with a port that is the same for all: strings that can be hashed are unknown to Envoy 1.37.
 */
const callerState = (family: "IPv4" | "IPv6"): MessageInitShape<typeof FilterStateValueSchema> => {
  const address = "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%";
  const inlineString = family === "IPv6" ? `[${address}]:0` : `${address}:0`;
  return constant(FilterStateValueSchema, {
    key: { case: "objectKey", value: CALLER_STATE },
    factoryKey: "envoy.filters.listener.original_dst.remote_ip",
    value: {
      case: "formatString",
      value: {
        format: { case: "textFormatSource", value: { specifier: { case: "inlineString", value: inlineString } } },
      },
    },
    sharedWithUpstream: SharedWithUpstream.ONCE,
  });
};
const CALLER = { IPv4: callerState("IPv4"), IPv6: callerState("IPv6") };

/**
 * One listener per bind address. It reads the SNI and hands the bytes to the cluster `to-<sni>`; where there is none,
 * the connection is reset. The services' own listeners have the timeouts, so there is none here.
 */
export function routerListenerOf(bind: GatewayIdentity["binds"][number], logs?: AccessLogs): Resource {
  const name = routerListener(bind);
  const choose = pack(SetFilterStateSchema, {
    onNewConnection: [
      {
        key: { case: "objectKey", value: "envoy.tcp_proxy.cluster" },
        value: {
          case: "formatString",
          value: {
            format: {
              case: "textFormatSource",
              value: { specifier: { case: "inlineString", value: `${ROUTER_PREFIX}%REQUESTED_SERVER_NAME%` } },
            },
          },
        },
      },
      bind.address.includes(":") ? CALLER.IPv6 : CALLER.IPv4,
    ],
  });
  const proxy = pack(TcpProxySchema, {
    statPrefix: "router",
    clusterSpecifier: { case: "cluster", value: NO_CLUSTER },
    idleTimeout: duration(0),
    ...routerLog(logs),
  });
  const init = {
    name,
    address: socketAddress(bind.address, bind.port),
    trafficDirection: TrafficDirection.INBOUND,
    listenerFilters: [
      {
        name: "envoy.filters.listener.tls_inspector",
        configType: { case: "typedConfig", value: pack(TlsInspectorSchema, {}) } as const,
      },
    ],
    filterChains: [
      {
        filters: [
          {
            name: "envoy.filters.network.set_filter_state",
            configType: { case: "typedConfig", value: choose } as const,
          },
          { name: "envoy.filters.network.tcp_proxy", configType: { case: "typedConfig", value: proxy } as const },
        ],
      },
    ],
  };
  return makeResource("listener", ListenerSchema, init, { name });
}

/** `in-<service>`: reached only through the router. */
export function serviceListener(snapshot: ServiceSnapshot, names: ServiceNames, addressing: Addressing): Resource {
  const children: readonly ResourceRef[] = [
    { type: "secret", name: names.leaf },
    { type: "secret", name: names.intent },
    { type: "extension", name: snapshot.config.protocol === "tcp" ? MESH_IDENTITY : names.rbac },
  ];
  const { listener: name } = names;
  const init = {
    name,
    listenerSpecifier: { case: "internalListener", value: {} } as const,
    filterChains: [filterChain(snapshot, names, addressing)],
  };
  return makeResource("listener", ListenerSchema, init, { name, children });
}
