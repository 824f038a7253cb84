// Small messages that recur in several resources.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DurationSchema } from "@bufbuild/protobuf/wkt";
import { constant } from "./encode";
import type { CircuitBreakersSchema } from "./gen/lean/envoy/config/cluster/v3/circuit_breaker_pb";
import type { AddressSchema } from "./gen/lean/envoy/config/core/v3/address_pb";
import { ApiVersion, ConfigSourceSchema } from "./gen/lean/envoy/config/core/v3/config_source_pb";

/** @param ms milliseconds, 0 or more */
export function duration(ms: number): MessageInitShape<typeof DurationSchema> {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

export function socketAddress(address: string, port: number): MessageInitShape<typeof AddressSchema> {
  return {
    address: { case: "socketAddress", value: { address, portSpecifier: { case: "portValue", value: port } } },
  };
}

/** One limit for connections, and for requests that wait or run: Envoy's own default of 1,024 is reached in silence. */
export function limits(connections: number): MessageInitShape<typeof CircuitBreakersSchema> {
  return {
    thresholds: [{ maxConnections: connections, maxPendingRequests: connections, maxRequests: connections }],
  };
}

/**
 * Where Envoy gets what a resource names. One constant for ever: a secret's source is part of its identity, and another
 * timeout would make another secret, which Envoy never asks for. 15 s, because shorter ones expire falsely while
 * thousands of services start, and no limit at all would hold up everything for one missing secret.
 */
export const FROM_ADS = constant(ConfigSourceSchema, {
  configSourceSpecifier: { case: "ads", value: {} },
  initialFetchTimeout: { seconds: 15n },
  resourceApiVersion: ApiVersion.V3,
});
