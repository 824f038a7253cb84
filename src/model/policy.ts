// An organisation's own rules over a valid declaration, told together with every other mistake.

import { AUTH_LEAVES, type AuthProps } from "./auth-props";
import type { Peek } from "./build";
import type { GatewayModel, UpstreamModel } from "./gateway";
import type { Issue } from "./issues";

/** A gateway as far as it is known: a leaf that is late (as an address, SNI or file path) is there, and undefined. */
export type KnownGateway = GatewayModel<string | undefined>;

/**
 * A rule: what it has against a gateway, nothing if all is well. It must be a function of the model alone; it sees every
 * default filled in and every linked service. Issues name a service by `services["<name>"]`: the model's order is its own.
 */
export type Policy = (model: KnownGateway) => readonly Issue[];

/** What all policies have against a model; one that is no function is itself a mistake. */
export function policyIssues<S>(policies: unknown, model: GatewayModel<S>, peek: Peek<S>): readonly Issue[] {
  if (policies === undefined) return [];
  const hint = "give a list of functions that return what they have against the gateway";
  if (!Array.isArray(policies)) return [{ path: "policies", got: "no list", allowed: "a list of policies", hint }];
  const known = knownGateway(model, peek);
  return policies.flatMap((policy: unknown, index): readonly Issue[] => {
    if (typeof policy === "function") return (policy as Policy)(known);
    return [{ path: `policies[${index}]`, got: `a ${typeof policy}`, allowed: "a policy", hint }];
  });
}

/** The model as far as it is known now. */
export function knownGateway<S>(model: GatewayModel<S>, peek: Peek<S>): KnownGateway {
  const services = model.services.map((service) => ({
    ...service,
    instances: service.instances.map((each) => ({ ...each, address: peek(each.address) })),
    upstream: knownUpstream(service.upstream, peek),
  }));
  const { auth, ...rest } = model;
  const { exportToken, ...acl } = model.acl;
  const known = exportToken === undefined ? {} : { exportToken: { pgpKey: peek(exportToken.pgpKey) } };
  return { ...rest, acl: { ...acl, ...known }, ...(auth && { auth: knownAuth(auth, peek) }), services };
}

function knownAuth<S>(auth: AuthProps<S>, peek: Peek<S>): AuthProps<string | undefined> {
  const leaves: readonly string[] = AUTH_LEAVES;
  const known = ([key, value]: readonly [string, unknown]) => {
    if (!leaves.includes(key)) return [key, value];
    return [key, Array.isArray(value) ? value.map(peek) : peek(value as S)];
  };
  const presets = Object.entries(auth.method).map(([kind, preset]) => [
    kind,
    preset && Object.fromEntries(Object.entries(preset).map(known)),
  ]);
  return { ...auth, method: Object.fromEntries(presets) };
}

const LEAVES = ["caFile", "certFile", "keyFile", "sni"] as const;

function knownUpstream<S>(upstream: UpstreamModel<S>, peek: Peek<S>): UpstreamModel<string | undefined> {
  if (upstream.mode === "plaintext") return upstream;
  const leaves = LEAVES.flatMap((key) => {
    const leaf = upstream[key];
    return leaf === undefined ? [] : [[key, peek(leaf)] as const];
  });
  return { mode: "tls", insecureSkipVerify: upstream.insecureSkipVerify, ...Object.fromEntries(leaves) };
}
