// Model → the resources that both engines realise, in an order that may be created from first to last.

import type { GatewayModel, ServiceModel } from "./gateway";
import { POLICY_KEY } from "./plan-acl";
import { planGateway } from "./plan-gateway";
import { planServices } from "./plan-services";
import type { ResourcePlan } from "./plan-types";

export type { PlanContext } from "./plan-context";
export { planGateway } from "./plan-gateway";
export { planServices } from "./plan-services";

/**
 * The whole plan of one declaration. The ACL policy comes first: Consul refuses a policy whose name exists already, and
 * silently overwrites everything else, so a second declaration of the same gateway fails before it has touched the first.
 * @param own the services to plan with it @default - all of the model's: none was declared on its own
 */
export function plan<S>(model: GatewayModel<S>, own: readonly ServiceModel<S>[] = model.services): ResourcePlan<S> {
  const gateway = planGateway(model);
  const acl = gateway.filter(({ kind }) => kind.startsWith("acl-"));
  const services = planServices(own, model).map((item) =>
    acl.length > 0 && item.dependsOn.length === 0 ? { ...item, dependsOn: [POLICY_KEY] } : item,
  );
  return [...acl, ...services, ...gateway.filter((item) => !acl.includes(item))];
}
