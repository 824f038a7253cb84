// Keeps one gateway replica in the catalog: registers it on its own node, keeps its check true and a session for its peers to
// see, looks after dead peers, takes it out on stop.

import type { Clock, Logger, Random } from "../../ports";
import type { ConsulAccess } from "./access";
import type { Fields } from "./decode/reading";
import { ConsulError } from "./errors";
import { makeConsulHttp } from "./http";
import {
  type CheckStatus,
  nodeName,
  probeId,
  type Replica,
  renderOwnCheck,
  renderProbe,
  renderRegistration,
  renderService,
  serviceId,
  tenancyOf,
} from "./registration-body";
import { type LifeOptions, startLife } from "./registration-life";
import { lookAtNode, type SeenNode } from "./registration-node";
import { readOwnEntry, says } from "./registration-own";
import { type Registration, RegistrationRefused, startUpkeep } from "./registration-upkeep";

/** What somebody else removed or overwrote is back within this time. */
const DEFAULT_UPKEEP_MS = 15_000;

export interface RegistrationOptions extends LifeOptions {
  readonly access: ConsulAccess;
  readonly replica: Replica;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** @default 15000 */
  readonly upkeepMs?: number;
  /**
   * `Proxy.Config` of the entry is somebody else's and is left alone. `seen` is told it with every upkeep; `last` is written
   * where the entry is gone, as it is after each stop. @default - nobody asks
   */
  readonly proxyConfig?: { last(): Fields; seen(config: Fields): void };
}

/** Never throws and never gives up. */
export function startRegistration(options: RegistrationOptions): Registration {
  const { access, replica, upkeepMs = DEFAULT_UPKEEP_MS } = options;
  const http = makeConsulHttp(access, options);
  const node = nodeName(replica);
  const tenancy = tenancyOf(access);
  let ownsNode = false;
  let probed = false;
  /** By this life: a former one may have written another node. */
  let written = false;

  const write = async (check: CheckStatus): Promise<void> => {
    const seen = await lookAtNode(http, node);
    if (seen.agent) {
      const reason = `node "${node}" belongs to a Consul agent, which would remove the gateway from it: name the replica otherwise`;
      throw new RegistrationRefused(reason);
    }
    const found = await readOwnEntry(http, node, serviceId(replica));
    const proxyConfig = found?.proxyConfig ?? options.proxyConfig?.last() ?? {};
    options.proxyConfig?.seen(proxyConfig);
    // An entry that is right is not written again: what somebody writes into it meanwhile would be lost.
    if (written && says(found?.service, renderService(replica))) {
      await http.put("/v1/catalog/register", renderOwnCheck(replica, access, check, session?.id()));
    } else await register(check, proxyConfig, seen);
    written = true;
    session?.begin();
    // Seen missing, or not to be seen and not written yet.
    if (replica.esm !== true || seen.checks.includes(probeId(node))) return;
    if (seen.owner === undefined && probed) return;
    await http.put("/v1/catalog/register", renderProbe(replica, access));
    probed = true;
  };

  const register = async (check: CheckStatus, proxyConfig: Fields, seen: SeenNode): Promise<void> => {
    const put = (skipNode: boolean) => {
      const body = renderRegistration({ ...replica, proxyConfig }, access, check, skipNode, session?.id());
      return http.put("/v1/catalog/register", body);
    };
    ownsNode = seen.owner === undefined || seen.owner === replica.gateway;
    try {
      await put(!ownsNode);
    } catch (error) {
      // Somebody else made the node, and the token has no right on nodes, neither to see nor to write.
      if (!ownsNode || !(error instanceof ConsulError) || error.category !== "denied") throw error;
      ownsNode = false;
      await put(true);
    }
  };

  const takeOut = async (): Promise<void> => {
    const partition = tenancyOf({ ...(access.partition && { partition: access.partition }) });
    await http.put("/v1/catalog/deregister", { Node: node, ...tenancy, ServiceID: serviceId(replica) });
    // Its sessions go with a node.
    if (ownsNode) await http.put("/v1/catalog/deregister", { Node: node, ...partition });
    else await session?.end();
  };

  const upkeep = startUpkeep({
    ...options,
    ...{ at: { node }, everyMs: upkeepMs, write, takeOut },
    right: `service:write on "${replica.gateway}" and node:write on "${node}"`,
    lacks: () => session?.problem(),
    onStop: () => session?.stop(),
    onEnd: http.close,
  });
  const session = startLife({
    ...{ ...options, http, gateway: replica.gateway, node },
    onChange: upkeep.again,
    isServing: () => upkeep.check === "passing" && !upkeep.stopped,
  });
  upkeep.again();
  return upkeep;
}
