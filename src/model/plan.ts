// Model → the resources that both engines realise, in an order that may be created from first to last.

import type { GatewayModel } from "./gateway";
import { planGateway } from "./plan-gateway";
import { planServices } from "./plan-services";
import type { ResourcePlan } from "./plan-types";

export type { PlanContext } from "./plan-context";
export { planGateway } from "./plan-gateway";
export { planServices } from "./plan-services";

/** The whole plan of one declaration. */
export function plan<S>(model: GatewayModel<S>): ResourcePlan<S> {
  return [...planServices(model.services, model), ...planGateway(model)];
}
