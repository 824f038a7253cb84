// A Consul server that takes every kind of write that a deployment makes: a leader alone does not mean that yet.

import { type ConsulServer, startConsulServer } from "../consul-server";

const READY_MS = 20_000;

/** @param binary from realConsul() @param portBase as for startConsulServer() */
export async function startFreshConsul(binary: string | undefined, portBase: number): Promise<ConsulServer> {
  const consul = await startConsulServer({ binary: binary ?? "", old: false, portBase });
  const end = Date.now() + READY_MS;
  for (;;) {
    try {
      const entry = { Kind: "service-intentions", Name: "ready", Sources: [{ Name: "ready", Action: "deny" }] };
      await consul.call("PUT", "/v1/config", entry);
      await consul.call("DELETE", "/v1/config/service-intentions/ready");
      return consul;
    } catch (error) {
      if (Date.now() > end) {
        await consul.stop();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
