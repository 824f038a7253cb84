// Keeps one gateway replica in the catalog: registers it on its own node, keeps its check true and a session for its peers to
// see, looks after dead peers, takes it out on stop.

import type { Cancel, Clock, Logger, Random } from "../../ports";
import type { ConsulAccess } from "./access";
import type { Fields } from "./decode/reading";
import { backOffMs, ConsulError, reasonOf } from "./errors";
import { makeConsulHttp } from "./http";
import {
  type CheckStatus,
  nodeName,
  type Replica,
  renderRegistration,
  serviceId,
  tenancyOf,
} from "./registration-body";
import { type LifeOptions, startLife } from "./registration-life";
import { lookAtNode } from "./registration-node";
import { readOwnProxyConfig } from "./registration-own";

/** What somebody else removed or overwrote is back within this time. */
const DEFAULT_UPKEEP_MS = 15_000;
/** Stopping waits no longer for Consul. */
const STOP_MS = 5_000;

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

export interface RegistrationStatus {
  /** `refused`: the node belongs to an agent; nothing is written. */
  readonly state: "waiting" | "registered" | "refused";
  /** Why the last attempt failed, or what is missing of it. */
  readonly reason?: string;
}

export interface Registration {
  /** Passing when true, critical when false, at once: sidecars stop choosing a critical instance within a second. Starts critical. */
  setServing(serving: boolean): void;
  status(): RegistrationStatus;
  /** Takes the instance out of the catalog, and the node if it was made here. Resolves within five seconds whatever happens. */
  stop(): Promise<void>;
}

/** Never throws and never gives up. */
export function startRegistration(options: RegistrationOptions): Registration {
  const { access, replica, clock, random, log, upkeepMs = DEFAULT_UPKEEP_MS } = options;
  const http = makeConsulHttp(access, options);
  const node = nodeName(replica);
  const tenancy = tenancyOf(access);
  let status: RegistrationStatus = { state: "waiting" };
  let check: CheckStatus = "critical";
  let ownsNode = false;
  let failures = 0;
  let running: Promise<void> | undefined;
  let pending = false;
  let stopped = false;
  let cancel: Cancel = () => undefined;
  const session = startLife({
    ...{ ...options, http, gateway: replica.gateway, node },
    onChange: () => run(),
    isServing: () => check === "passing" && !stopped,
  });

  const write = async (): Promise<void> => {
    const seen = await lookAtNode(http, node);
    if (seen.agent) {
      const reason = `node "${node}" belongs to a Consul agent, which would remove the gateway from it: name the replica otherwise`;
      throw new NodeRefused(reason);
    }
    const found = await readOwnProxyConfig(http, node, serviceId(replica));
    const proxyConfig = found ?? options.proxyConfig?.last() ?? {};
    options.proxyConfig?.seen(proxyConfig);
    const put = (skipNode: boolean) => {
      const body = renderRegistration({ ...replica, proxyConfig }, access, check, skipNode, session?.id());
      return http.put("/v1/catalog/register", body);
    };
    ownsNode = seen.owner === undefined || seen.owner === replica.gateway;
    if (!ownsNode) return void (await put(true));
    try {
      await put(false);
    } catch (error) {
      // Somebody else made the node, and the token has no right on nodes, neither to see nor to write.
      if (!(error instanceof ConsulError) || error.category !== "denied") throw error;
      ownsNode = false;
      await put(true);
    }
  };

  const attempt = async (): Promise<void> => {
    let next = upkeepMs * (0.75 + 0.5 * random());
    try {
      await write();
      if (status.state !== "registered" || status.reason !== undefined)
        log.info("registered in Consul", { node, check });
      status = { state: "registered" };
      failures = 0;
      session?.begin();
    } catch (error) {
      failures += 1;
      const refused = error instanceof NodeRefused;
      const right = `service:write on "${replica.gateway}" and node:write on "${node}"`;
      const reason = refused ? error.message : reasonOf(error, "registration", right);
      if (reason !== status.reason) log.warn("not registered in Consul", { node, reason });
      status = { state: refused ? "refused" : status.state, reason };
      next = backOffMs(error instanceof ConsulError ? error.category : "rejected", failures, random);
    }
    if (!stopped) cancel = clock.setTimer(next, run);
  };

  /** One attempt at a time; a change during one starts another right after it. */
  const run = (): void => {
    cancel();
    if (running !== undefined) {
      pending = true;
      return;
    }
    running = attempt().finally(() => {
      running = undefined;
      const again = pending && !stopped;
      pending = false;
      if (again) run();
    });
  };

  const takeOut = async (): Promise<void> => {
    await running;
    if (status.state !== "registered") return;
    const partition = tenancyOf({ ...(access.partition && { partition: access.partition }) });
    await http.put("/v1/catalog/deregister", { Node: node, ...tenancy, ServiceID: serviceId(replica) });
    // Its sessions go with a node.
    if (ownsNode) await http.put("/v1/catalog/deregister", { Node: node, ...partition });
    else await session?.end();
    log.info("taken out of Consul", { node });
  };

  run();
  return {
    setServing(serving) {
      const next = serving ? "passing" : "critical";
      if (next === check || stopped) return;
      check = next;
      run();
    },
    status() {
      const problem = session?.problem();
      return status.reason !== undefined || problem === undefined ? status : { ...status, reason: problem };
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      cancel();
      session?.stop();
      let cancelLimit: Cancel = () => undefined;
      const limit = new Promise<void>((resolve) => {
        cancelLimit = clock.setTimer(STOP_MS, resolve);
      });
      const out = takeOut().catch((error) => log.warn("left in Consul", { node, reason: String(error) }));
      await Promise.race([out, limit]);
      cancelLimit();
      http.close();
    },
  };
}

class NodeRefused extends Error {}
