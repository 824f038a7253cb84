// Import ids of what the golden case one-declaration makes, as the provider documents them: a node by its name, a config
// entry by kind and name, ACL objects by their ids.

import type { ConsulServer } from "../consul-server";

type Named = {
  readonly ID?: string;
  readonly AccessorID?: string;
  readonly Name?: string;
  readonly Description: string;
};

/** By plan key; services cannot be imported. */
export async function importIds(consul: ConsulServer): Promise<Readonly<Record<string, string>>> {
  const idOf = async (path: string): Promise<string> => {
    const all = (await consul.call("GET", path)) as Named[];
    const found = all.find(({ Description }) => Description === "Terminating gateway egress");
    return found?.ID ?? found?.AccessorID ?? "";
  };
  return {
    "node-egress-external-10-0-0-9": "egress-external-10-0-0-9",
    "defaults-billing": "service-defaults/billing",
    "intentions-billing": "service-intentions/billing",
    gateway: "terminating-gateway/egress",
    policy: await idOf("/v1/acl/policies"),
    role: await idOf("/v1/acl/roles"),
    token: await idOf("/v1/acl/tokens"),
  };
}
