// Whether a manifest that goes to Consul's KV store fits there.

import type { Peek } from "./build";
import { compactJson } from "./canonical-json";
import type { GatewayModel } from "./gateway";
import type { Issue } from "./issues";
import { makeManifest } from "./manifest";
import { knownGateway } from "./policy";

/** Consul's limits.kv_max_value_size, unless its servers are told otherwise. */
const MOST_BYTES = 512 * 1024;

/** An issue where the manifest of a model with `delivery: "kv"` is too large; late leaves count as nothing until they are known. */
export function manifestSizeIssues<S>(model: GatewayModel<S>, peek: Peek<S>): readonly Issue[] {
  if (model.delivery !== "kv") return [];
  return textSizeIssues(compactJson(makeManifest(knownGateway(model, peek))), model.services.length);
}

/** The same of a manifest's text, when all of it is known. */
export function textSizeIssues(text: string, services: number): readonly Issue[] {
  const { length } = new TextEncoder().encode(text);
  if (length <= MOST_BYTES) return [];
  const got = `a manifest of ${length} bytes with ${services} services`;
  const allowed = `with delivery "kv", a manifest of at most ${MOST_BYTES} bytes: more is no value of Consul's KV store`;
  const hint =
    'bring the manifest to the hosts as a file (delivery: "file"), or divide the services among several gateways';
  return [{ path: "services", got, allowed, hint }];
}
