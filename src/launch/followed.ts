// A manifest that the process follows in Consul's KV store: what it is told beside the key, as it is started before it can
// read it.

import type { GatewayModel } from "../model/gateway";
import { given } from "../model/given";
import type { Issue } from "../model/issues";
import { manifestKey } from "../model/manifest-names";
import type { ConsulOptions } from "./consul-options";
import type { StartedGateway } from "./options";

/** The key, in which place it is, and where the process listens. */
export type Followed = Omit<ConsulOptions, "consulAddr">;

/** Undefined where the process reads a file. */
export function followedOf(model: Omit<GatewayModel<unknown>, "services">): Followed | undefined {
  if (model.delivery !== "kv") return undefined;
  const { name, datacenter, namespace, partition, bind } = model;
  return {
    ...{ manifestKv: manifestKey(name), datacenter, bind },
    ...given({ namespace, partition }),
  };
}

/** What the process of a model's gateway is told of it. */
export function startedGateway({ name, bind, delivery }: Omit<GatewayModel<unknown>, "services">): StartedGateway {
  return { gatewayName: name, bindPort: bind.port, readsManifest: delivery !== "kv" };
}

/** Options with what is followed; the user's own win. */
export function withFollowed<O extends { readonly consul?: ConsulOptions }>(
  options: O,
  followed: Followed | undefined,
): O {
  const { consul } = options;
  if (followed === undefined || consul === undefined) return options;
  // Places that are named are all of them.
  const { bind: _ofDeclaration, ...rest } = followed;
  return { ...options, consul: { ...(consul.binds === undefined ? followed : rest), ...consul } };
}

/** @param path of the options @param consul as the user gave it */
export function followedIssues(path: string, consul: unknown, followed: Followed | undefined): readonly Issue[] {
  if (followed === undefined || consul !== undefined) return [];
  const got = "nothing, and a manifest that is delivered by Consul's KV store";
  return [{ path, got, allowed: "how the servers are reached", hint: "give the option consul" }];
}
