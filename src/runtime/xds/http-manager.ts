// The HTTP connection manager of an http, http2 or grpc service: paths are normalised before RBAC judges them, and what
// a caller says about other parties is not passed on.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Addressing } from "../snapshot/addressing";
import type { ServiceSnapshot } from "../snapshot/state";
import { serviceLog } from "./access-log";
import { constant } from "./encode";
import { duration, FROM_ADS } from "./fields";
import { ExtensionConfigSourceSchema } from "./gen/lean/envoy/config/core/v3/config_source_pb";
import { TypedExtensionConfigSchema } from "./gen/lean/envoy/config/core/v3/extension_pb";
import { HttpProtocolOptions_HeadersWithUnderscoresAction as Underscores } from "./gen/lean/envoy/config/core/v3/protocol_pb";
import type { FilterSchema } from "./gen/lean/envoy/config/listener/v3/listener_components_pb";
import { RBACSchema } from "./gen/lean/envoy/extensions/filters/http/rbac/v3/rbac_pb";
import { RouterSchema } from "./gen/lean/envoy/extensions/filters/http/router/v3/router_pb";
import { ConfigSchema as SetFilterStateSchema } from "./gen/lean/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state_pb";
import {
  HttpConnectionManager_CodecType as Codec,
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashes,
  HttpConnectionManager_ForwardClientCertDetails as ForwardClientCert,
  HttpConnectionManagerSchema,
  HttpFilterSchema,
  HttpConnectionManager_TracingSchema as TracingSchema,
  HttpConnectionManager_UpgradeConfigSchema as UpgradeConfigSchema,
} from "./gen/lean/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb";
import { HeaderMutationSchema } from "./gen/lean/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb";
import { hashPolicies } from "./load-balancer";
import type { ServiceNames } from "./names";
import { pack } from "./pack";
import { PATH_STATE } from "./predicates";

const HTTP_RBAC = constant(ExtensionConfigSourceSchema, {
  configSource: FROM_ADS,
  typeUrls: [`type.googleapis.com/${RBACSchema.typeName}`],
});

/** The path without its query, for regular expressions: `:path` has both. */
const PATH_FILTER = constant(HttpFilterSchema, {
  name: "set_filter_state",
  configType: {
    case: "typedConfig",
    value: pack(SetFilterStateSchema, {
      onRequestHeaders: [
        {
          key: { case: "objectKey", value: PATH_STATE },
          factoryKey: "envoy.string",
          value: {
            case: "formatString",
            value: {
              format: { case: "textFormatSource", value: { specifier: { case: "inlineString", value: "%PATH(NQ)%" } } },
            },
          },
        },
      ],
    }),
  },
});

const ROUTER = constant(HttpFilterSchema, {
  name: "router",
  configType: { case: "typedConfig", value: pack(RouterSchema, { suppressEnvoyHeaders: true }) },
});

/** As Consul's: only requests that somebody before has chosen to trace. Where spans go is said in the bootstrap. */
const TRACING = constant(TracingSchema, { randomSampling: {} });

const WEBSOCKET = constant(UpgradeConfigSchema, { upgradeType: "websocket" });

/** A caller that does not finish its request headers is let go. */
const HEADERS_TIMEOUT = duration(15_000);

/**
 * What a caller may have made up about who called it, and every order to Envoy: timeouts, retries, names of statistics and
 * spans. Gone before anything of Envoy reads the request; what the router removes, it has obeyed before.
 */
const CALLERS_ORDERS = constant(TypedExtensionConfigSchema, {
  name: "orders",
  typedConfig: pack(HeaderMutationSchema, {
    mutations: [
      {
        action: {
          case: "removeOnMatch",
          value: { keyMatcher: { matchPattern: { case: "prefix", value: "x-envoy-" } } },
        },
      },
      { action: { case: "remove", value: "x-forwarded-for" } },
    ],
  }),
});

/** Callers' client certificates are not told to the external service: x-forwarded-client-cert is removed. */
export function httpManager(
  snapshot: ServiceSnapshot,
  names: ServiceNames,
  addressing: Addressing,
): MessageInitShape<typeof FilterSchema> {
  const idle = duration(snapshot.config.idleTimeoutMs);
  const value = pack(HttpConnectionManagerSchema, {
    codecType: Codec.AUTO,
    statPrefix: names.statPrefix,
    routeSpecifier: { case: "routeConfig", value: routes(snapshot, names, addressing) },
    httpFilters: [PATH_FILTER, { name: names.rbac, configType: { case: "configDiscovery", value: HTTP_RBAC } }, ROUTER],
    commonHttpProtocolOptions: { idleTimeout: idle, headersWithUnderscoresAction: Underscores.REJECT_REQUEST },
    streamIdleTimeout: idle,
    requestHeadersTimeout: HEADERS_TIMEOUT,
    useRemoteAddress: false,
    skipXffAppend: true,
    forwardClientCertDetails: ForwardClientCert.SANITIZE,
    upgradeConfigs: [WEBSOCKET],
    earlyHeaderMutationExtensions: [CALLERS_ORDERS],
    ...serviceLog(snapshot.identity.accessLogs),
    ...(snapshot.identity.traced === true ? { tracing: TRACING } : {}),
    normalizePath: true,
    mergeSlashes: true,
    pathWithEscapedSlashesAction: EscapedSlashes.REJECT_REQUEST,
  });
  return { name: "http_connection_manager", configType: { case: "typedConfig", value } };
}

/** One route for everything. The Host header becomes the instance's hostname, which only DNS clusters know. */
function routes(
  { link, config }: ServiceSnapshot,
  { sni: name }: ServiceNames,
  { by }: Addressing,
): (MessageInitShape<typeof HttpConnectionManagerSchema>["routeSpecifier"] & { case: "routeConfig" })["value"] {
  const rewrites = by === "hostname" && link.autoHostRewrite;
  return {
    name,
    virtualHosts: [
      {
        name,
        domains: ["*"],
        routes: [
          {
            match: { pathSpecifier: { case: "prefix", value: "/" } },
            action: {
              case: "route",
              value: {
                clusterSpecifier: { case: "cluster", value: name },
                timeout: duration(config.requestTimeoutMs),
                hashPolicy: [...hashPolicies(config.loadBalancer)],
                hostRewriteSpecifier: rewrites
                  ? { case: "autoHostRewrite", value: { value: true } }
                  : { case: undefined },
              },
            },
          },
        ],
      },
    ],
  };
}
