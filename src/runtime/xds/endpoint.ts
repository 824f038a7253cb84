// Where the instances of a service are: an EDS assignment for addresses, the static one of a DNS cluster for hostnames.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Addressing } from "../snapshot/addressing";
import { socketAddress } from "./fields";
import { HealthStatus } from "./gen/lean/envoy/config/core/v3/health_check_pb";
import { ClusterLoadAssignmentSchema } from "./gen/lean/envoy/config/endpoint/v3/endpoint_pb";
import { makeResource } from "./pack";
import type { Resource } from "./resource";

/** Unhealthy instances are sent too, as Consul does: they serve when nothing else is left. */
export function loadAssignment(
  name: string,
  { instances }: Addressing,
): MessageInitShape<typeof ClusterLoadAssignmentSchema> {
  if (instances.length === 0) return { clusterName: name };
  return {
    clusterName: name,
    endpoints: [
      {
        lbEndpoints: instances.map(({ address, port, weight, healthy }) => ({
          hostIdentifier: {
            case: "endpoint",
            value: { address: socketAddress(address, port) },
          },
          healthStatus: healthy ? HealthStatus.HEALTHY : HealthStatus.UNHEALTHY,
          loadBalancingWeight: weight,
        })),
      },
    ],
  };
}

/** Without instances the assignment is there and empty: callers are refused at once instead of waiting. */
export function endpointResource(name: string, addressing: Addressing): Resource {
  return makeResource("endpoint", ClusterLoadAssignmentSchema, loadAssignment(name, addressing), { name });
}
