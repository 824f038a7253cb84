// Keeps one gateway replica registered with the Consul agent of its host, which puts it on its own node and notices by itself when
// the replica falls silent: no session, no peers, no right on nodes.

import type { ConsulAccess, ConsulAddress } from "./access";
import { readObject } from "./decode/reading";
import { makeConsulHttp } from "./http";
import type { RegistrationOptions } from "./registration";
import { CHECK_OUTPUT, type CheckStatus, checkId, renderAgentService, serviceId } from "./registration-body";
import { DEFAULT_REAP_AFTER_S, DEFAULT_REMOVE_AFTER_S } from "./registration-times";
import { type Registration, startUpkeep } from "./registration-upkeep";

/** Signs of life in the time after which the agent makes the replica critical. */
const SIGNS = 3;

export interface AgentRegistrationOptions extends RegistrationOptions {
  /** HTTP API of the agent; token, TLS and place are those of `access`. */
  readonly agent: ConsulAddress;
}

/** Never throws and never gives up. */
export function startAgentRegistration(options: AgentRegistrationOptions): Registration {
  const { agent, replica, reapAfterS = DEFAULT_REAP_AFTER_S, removeAfterS = DEFAULT_REMOVE_AFTER_S } = options;
  const access = accessTo(agent, options.access);
  const http = makeConsulHttp(access, options);
  const id = serviceId(replica);
  const path = `/v1/agent/service/${encodeURIComponent(id)}`;
  // What an earlier life registered may differ.
  let known = false;

  const write = async (check: CheckStatus): Promise<void> => {
    const { body } = await http.get({ path });
    const found = body === undefined ? undefined : readObject(body, "service");
    const proxyConfig =
      found === undefined
        ? (options.proxyConfig?.last() ?? {})
        : readObject(readObject(found.Proxy ?? {}, "service.Proxy").Config ?? {}, "service.Proxy.Config");
    options.proxyConfig?.seen(proxyConfig);
    if (found === undefined || !known) {
      const service = renderAgentService({ ...replica, proxyConfig }, access, check, { reapAfterS, removeAfterS });
      await http.put("/v1/agent/service/register", service);
      known = true;
    }
    // Equal status and output reach the servers once; to the agent each is a sign of life.
    await http.put(`/v1/agent/check/update/${encodeURIComponent(checkId(id))}`, {
      Status: check,
      Output: CHECK_OUTPUT,
    });
  };

  const upkeep = startUpkeep({
    ...options,
    ...{ at: { agent: http.server().name }, everyMs: (reapAfterS * 1000) / (SIGNS * 1.25), write },
    right: `service:write on "${replica.gateway}"`,
    takeOut: async () => void (await http.put(`/v1/agent/service/deregister/${encodeURIComponent(id)}`, {})),
    onEnd: http.close,
  });
  upkeep.again();
  return upkeep;
}

function accessTo(
  agent: ConsulAddress,
  { discovery: _servers, datacenter: _theirs, ...access }: ConsulAccess,
): ConsulAccess {
  return { ...access, addresses: [agent] };
}
