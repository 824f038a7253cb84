// Names of a gateway's ACL objects in Consul.

import type { GatewayModel } from "./gateway";
import { formatServiceName } from "./service-name";

type Named = Pick<GatewayModel<unknown>, "name" | "namespace" | "partition" | "auth">;

/** Of policy and role: they share one name space for all partitions and namespaces, and an existing name is refused. */
export function aclName(model: Named): string {
  return `${formatServiceName(model).replaceAll("/", "-")}-terminating-gateway`;
}

/** Of the auth method where the process logs in. Consul takes no dots there. */
export function authMethodName(model: Named): string {
  return model.auth?.existing ?? aclName(model).replaceAll(".", "-");
}
