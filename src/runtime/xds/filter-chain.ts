// The one filter chain of a service's internal listener: TLS, then a TCP proxy, or an HTTP manager with RBAC by ECDS.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Addressing } from "../snapshot/addressing";
import type { ServiceSnapshot } from "../snapshot/state";
import { serviceLog } from "./access-log";
import { constant } from "./encode";
import { duration, FROM_ADS } from "./fields";
import { type FilterChainSchema, FilterSchema } from "./gen/lean/envoy/config/listener/v3/listener_components_pb";
import { RBACSchema } from "./gen/lean/envoy/extensions/filters/network/rbac/v3/rbac_pb";
import {
  TcpProxySchema,
  UpstreamConnectMode,
} from "./gen/lean/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb";
import { httpManager } from "./http-manager";
import { MESH_IDENTITY, type ServiceNames } from "./names";
import { pack } from "./pack";
import { downstreamTls } from "./tls";

type Filter = MessageInitShape<typeof FilterSchema>;

/** What a client may send ahead while the upstream connection is being made; Envoy demands a figure. */
const EARLY_BYTES = 65_536;

/** A caller that does not finish its handshake is let go. */
const HANDSHAKE_TIMEOUT = duration(15_000);

/**
 * The chain's name is the revocation mark: it means nothing to Envoy, which ends the connections of a chain that changed
 * after its drain time. Nothing else in this listener changes with intentions, leaves or roots.
 */
export function filterChain(
  snapshot: ServiceSnapshot,
  names: ServiceNames,
  addressing: Addressing,
): MessageInitShape<typeof FilterChainSchema> {
  const isHttp = snapshot.config.protocol !== "tcp";
  return {
    name: `revocations-${snapshot.revocations}`,
    transportSocket: downstreamTls(names, isHttp, snapshot.identity.tls),
    transportSocketConnectTimeout: HANDSHAKE_TIMEOUT,
    filters: isHttp ? [httpManager(snapshot, names, addressing)] : [ONE_IDENTITY, tcpProxy(snapshot, names)],
  };
}

/** The handshake has judged who may connect; what it cannot ask is that the certificate names nobody else beside. */
const ONE_IDENTITY = constant(FilterSchema, {
  name: MESH_IDENTITY,
  configType: {
    case: "configDiscovery",
    value: { configSource: FROM_ADS, typeUrls: [`type.googleapis.com/${RBACSchema.typeName}`] },
  },
});

/** No connection to the external service before the caller has proved who it is. */
function tcpProxy(snapshot: ServiceSnapshot, names: ServiceNames): Filter {
  const value = pack(TcpProxySchema, {
    statPrefix: names.statPrefix,
    clusterSpecifier: { case: "cluster", value: names.sni },
    idleTimeout: duration(snapshot.config.idleTimeoutMs),
    upstreamConnectMode: UpstreamConnectMode.ON_DOWNSTREAM_TLS_HANDSHAKE,
    maxEarlyDataBytes: EARLY_BYTES,
    ...serviceLog(snapshot.identity.accessLogs),
  });
  return { name: "tcp_proxy", configType: { case: "typedConfig", value } };
}
