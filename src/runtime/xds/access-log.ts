// Access logs as proxy-defaults asks for them: of the connections and requests of each service, and of those that reach none.

import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import type { AccessLogs, JsonLeaf, JsonMap } from "../snapshot/listening";
import type { AccessLogSchema } from "./gen/lean/envoy/config/accesslog/v3/accesslog_pb";
import type { SubstitutionFormatStringSchema } from "./gen/lean/envoy/config/core/v3/substitution_format_string_pb";
import { FileAccessLogSchema } from "./gen/lean/envoy/extensions/access_loggers/file/v3/file_pb";
import { pack } from "./pack";

type AccessLog = MessageInitShape<typeof AccessLogSchema>;
type Format = MessageInitShape<typeof SubstitutionFormatStringSchema>["format"];

/** The fields that Consul documents for its own logs, so that what reads those reads these. */
const DEFAULT_FIELDS: JsonMap = {
  authority: "%REQ(:AUTHORITY)%",
  bytes_received: "%BYTES_RECEIVED%",
  bytes_sent: "%BYTES_SENT%",
  connection_termination_details: "%CONNECTION_TERMINATION_DETAILS%",
  downstream_local_address: "%DOWNSTREAM_LOCAL_ADDRESS%",
  downstream_remote_address: "%DOWNSTREAM_REMOTE_ADDRESS%",
  duration: "%DURATION%",
  method: "%REQ(:METHOD)%",
  path: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
  protocol: "%PROTOCOL%",
  request_id: "%REQ(X-REQUEST-ID)%",
  requested_server_name: "%REQUESTED_SERVER_NAME%",
  response_code: "%RESPONSE_CODE%",
  response_code_details: "%RESPONSE_CODE_DETAILS%",
  response_flags: "%RESPONSE_FLAGS%",
  route_name: "%ROUTE_NAME%",
  start_time: "%START_TIME%",
  upstream_cluster: "%UPSTREAM_CLUSTER%",
  upstream_host: "%UPSTREAM_HOST%",
  upstream_local_address: "%UPSTREAM_LOCAL_ADDRESS%",
  upstream_service_time: "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
  upstream_transport_failure_reason: "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
  user_agent: "%REQ(USER-AGENT)%",
  x_forwarded_for: "%REQ(X-FORWARDED-FOR)%",
};

const LOGGER = "envoy.access_loggers.file";
const DEVICES = { stdout: "/dev/stdout", stderr: "/dev/stderr" } as const;

/** For `accessLog` of an HTTP manager or a TCP proxy; none where nobody asked for logs. */
export function serviceLog(logs: AccessLogs | undefined): { readonly accessLog?: AccessLog[] } {
  return logs === undefined ? {} : { accessLog: [{ name: LOGGER, ...configOf(logs) }] };
}

/**
 * For `accessLog` of the router's TCP proxy, the only one that sees callers' addresses: connections whose SNI leads to no
 * service (Envoy's response flags NC, no such cluster, and NR).
 */
export function routerLog(logs: AccessLogs | undefined): { readonly accessLog?: AccessLog[] } {
  if (logs?.listeners !== true) return {};
  const filter = { filterSpecifier: { case: "responseFlagFilter" as const, value: { flags: ["NC", "NR"] } } };
  return { accessLog: [{ name: LOGGER, filter, ...configOf(logs) }] };
}

function configOf({ to, format }: AccessLogs) {
  const value = pack(FileAccessLogSchema, {
    path: to.kind === "file" ? to.path : DEVICES[to.kind],
    accessLogFormat: { case: "logFormat", value: { format: formatOf(format) } },
  });
  return { configType: { case: "typedConfig", value } } as const;
}

function formatOf(format: AccessLogs["format"]): NonNullable<Format> {
  if (format?.kind === "text") {
    const inlineString = `${format.text.replace(/\n$/, "")}\n`;
    return { case: "textFormatSource", value: { specifier: { case: "inlineString", value: inlineString } } };
  }
  return { case: "jsonFormat", value: structOf(format?.json ?? DEFAULT_FIELDS) as JsonObject };
}

/** The library's types have plain JSON for google.protobuf.Struct; the encoder wants the message that it is. */
function structOf(map: JsonMap): object {
  return { fields: Object.fromEntries(Object.entries(map).map(([key, value]) => [key, asValue(value)])) };
}

function asValue(value: JsonMap[string]): object {
  if (Array.isArray(value)) return { kind: { case: "listValue", value: { values: value.map(asValue) } } };
  if (typeof value === "object" && value !== null) {
    return { kind: { case: "structValue", value: structOf(value as JsonMap) } };
  }
  return { kind: leafOf(value as JsonLeaf) };
}

function leafOf(value: JsonLeaf): object {
  if (value === null) return { case: "nullValue", value: 0 };
  if (typeof value === "number") return { case: "numberValue", value };
  return typeof value === "boolean" ? { case: "boolValue", value } : { case: "stringValue", value };
}
