// How an instance is picked: the cluster's policy, and what of an HTTP request is hashed.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HashPolicy, LoadBalancer, ServiceConfig } from "../snapshot/state";
import { duration } from "./fields";
import { type ClusterSchema, Cluster_LbPolicy as Policy } from "./gen/lean/envoy/config/cluster/v3/cluster_pb";
import type { RouteAction_HashPolicySchema as HashPolicySchema } from "./gen/lean/envoy/config/route/v3/route_components_pb";

/** Filter state with the caller's address, put there by the router. */
export const CALLER_STATE = "consul-terminating-gateway.caller";

type Fields = Pick<MessageInitShape<typeof ClusterSchema>, "lbPolicy" | "lbConfig">;

/** The fields of a cluster that has a policy of its own. */
export function balancing(balancer: LoadBalancer): Fields {
  switch (balancer.policy) {
    case "random":
      return { lbPolicy: Policy.RANDOM };
    case "maglev":
      return { lbPolicy: Policy.MAGLEV };
    case "least_request": {
      const { choiceCount } = balancer;
      return {
        lbPolicy: Policy.LEAST_REQUEST,
        ...(choiceCount === undefined ? {} : { lbConfig: { case: "leastRequestLbConfig", value: { choiceCount } } }),
      };
    }
    case "ring_hash": {
      const { minimumRingSize, maximumRingSize } = balancer;
      return {
        lbPolicy: Policy.RING_HASH,
        lbConfig: {
          case: "ringHashLbConfig",
          value: {
            ...(minimumRingSize === undefined ? {} : { minimumRingSize: BigInt(minimumRingSize) }),
            ...(maximumRingSize === undefined ? {} : { maximumRingSize: BigInt(maximumRingSize) }),
          },
        },
      };
    }
  }
}

/** Whether the router must tell the service's listener where a caller connects from. */
export function hashesSource({ protocol, loadBalancer: balancer }: ServiceConfig): boolean {
  if (protocol === "tcp" || balancer === undefined || !("hash" in balancer)) return false;
  return balancer.hash.some(({ by }) => by === "source");
}

/** The hash policies of a route; none for policies that hash nothing. */
export function hashPolicies(balancer: LoadBalancer | undefined): readonly MessageInitShape<typeof HashPolicySchema>[] {
  return balancer !== undefined && "hash" in balancer ? balancer.hash.map(hashPolicy) : [];
}

function hashPolicy(policy: HashPolicy): MessageInitShape<typeof HashPolicySchema> {
  const { terminal } = policy;
  switch (policy.by) {
    case "source":
      return { policySpecifier: { case: "filterState", value: { key: CALLER_STATE } }, terminal };
    case "header":
      return { policySpecifier: { case: "header", value: { headerName: policy.name } }, terminal };
    case "query":
      return { policySpecifier: { case: "queryParameter", value: { name: policy.name } }, terminal };
    case "cookie": {
      const { name, path, ttlMs } = policy;
      const value = {
        name,
        ...(path === undefined ? {} : { path }),
        ...(ttlMs === undefined ? {} : { ttl: duration(ttlMs) }),
      };
      return { policySpecifier: { case: "cookie", value }, terminal };
    }
  }
}
