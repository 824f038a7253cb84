// The declaration of one gateway with the services that are linked to it: arguments in, gated model or mistakes out.

import type * as pulumi from "@pulumi/pulumi";
import type { Peek } from "../../model/build";
import type { GatewayModel, ServiceModel } from "../../model/gateway";
import type { Issue, Result } from "../../model/issues";
import { type Policy, policyIssues } from "../../model/policy";
import type { GatewayProps, ServiceProps, TlsProps } from "../../model/props";
import { DEFAULT_TENANCY } from "../../model/service-name";
import { validate, validateService } from "../../model/validate";
import { gateLeaf, gateLeaves, gateService, type Leaf, peek } from "./leaves";
import type { LinkedService } from "./linkable";
import { issuesOf } from "./mistakes";
import { inArguments } from "./service-declaration";

type Args = GatewayProps<pulumi.Input<string>>;

export interface Link extends LinkedService {
  /** Instead of what the service says. */
  readonly tls: TlsProps<Leaf> | undefined;
}

export interface DeclaredGateway {
  /** With all services; its late leaves are checked on their way. */
  readonly model: GatewayModel<Leaf>;
  /** Services that no component of their own realises. */
  readonly own: readonly ServiceModel<Leaf>[];
}

/** Whose declaration it is, and what an organisation asks of it. */
export interface Judge {
  readonly subject: string;
  readonly policies: readonly Policy[];
}

/** Judges a gateway that is valid without its links; every mistake that they add at once. */
export function declareGateway(args: Args, links: readonly Link[], judge: Judge): Result<DeclaredGateway> {
  const { services = [] } = args;
  const linked = links.map((each) => toService(each, args));
  const all = [...services, ...linked];
  const result = validate<Leaf>(links.length === 0 ? args : { ...args, services: all }, peek);
  const foreign = partitionIssues(links, args);
  if (!result.ok || foreign.length > 0) {
    const issues = issuesOf(result).map((each) => atLink(each, links, services.length));
    return { ok: false, error: [...issues, ...foreign] };
  }
  const issues = policyIssues(judge.policies, result.value, peek);
  if (issues.length > 0) return { ok: false, error: issues };
  const model = gate(result.value, all, judge);
  const isLinked = new Set(linked.map(identityOf));
  return { ok: true, value: { model, own: model.services.filter((each) => !isLinked.has(identityOf(each))) } };
}

/** A service without a namespace is in the default one, wherever the gateway is. */
function toService({ props, tls }: Link, gateway: Args): ServiceProps<Leaf> {
  const isElsewhere = gateway.namespace !== undefined && props.namespace === undefined;
  return {
    ...props,
    ...(isElsewhere ? { namespace: DEFAULT_TENANCY } : {}),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** Unique in a valid declaration. */
function identityOf({ name, namespace = "" }: { readonly name: string; readonly namespace?: string }): string {
  return `${namespace}/${name}`;
}

function gate(
  model: GatewayModel<Leaf>,
  services: readonly ServiceProps<Leaf>[],
  { subject, policies }: Judge,
): GatewayModel<Leaf> {
  const props = new Map(services.map((each) => [identityOf(each), each]));
  const context = { owner: model.name, ...(model.namespace === undefined ? {} : { namespace: model.namespace }) };
  const gated = model.services.map((each) =>
    gateService(each, {
      subject: `service "${each.name}" of ${subject}`,
      recheck: (known) => [
        ...issuesOf(validateService<Leaf>(props.get(identityOf(each)), context, known)).map(inArguments),
        ...policyIssues(policies, model, known),
      ],
    }),
  );
  const auth = gateAuth(model, subject);
  return { ...model, acl: gateExport(model, subject), ...(auth && { auth }), services: gated };
}

/** A late key that is none must not be passed on: the provider would give the secret as it is. */
function gateExport({ name, datacenter, acl }: GatewayModel<Leaf>, subject: string): GatewayModel<Leaf>["acl"] {
  const { exportToken } = acl;
  if (exportToken === undefined) return acl;
  const recheck = (known: Peek<Leaf>) => issuesOf(validate<Leaf>({ name, datacenter, acl: { exportToken } }, known));
  const pgpKey = gateLeaf(exportToken.pgpKey, "acl.exportToken.pgpKey", { subject, recheck });
  return { ...acl, exportToken: { pgpKey } };
}

/** What Consul would refuse, or take for somebody else, is told before it is sent. */
function gateAuth({ name, datacenter, auth }: GatewayModel<Leaf>, subject: string): GatewayModel<Leaf>["auth"] {
  if (auth === undefined) return undefined;
  const recheck = (known: Peek<Leaf>) => issuesOf(validate<Leaf>({ name, datacenter, auth }, known));
  return gateLeaves(auth, "auth", { subject, recheck });
}

/** `services[3].tls` of a linked service is the user's `link("name").tls`. */
function atLink(issue: Issue, links: readonly Link[], own: number): Issue {
  const rename = (text: string): string =>
    text.replaceAll(/services\[(\d+)\]/g, (path, index: string) =>
      Number(index) < own ? path : `link("${links[Number(index) - own]?.props.name}")`,
    );
  return { ...issue, path: rename(issue.path), got: rename(issue.got) };
}

function partitionIssues(links: readonly Link[], gateway: Args): readonly Issue[] {
  const home = gateway.partition ?? DEFAULT_TENANCY;
  return links.flatMap(({ props, components, partition = DEFAULT_TENANCY }) => {
    // What is declared elsewhere may be anywhere.
    if (components.length === 0 || partition === home) return [];
    const hint = "a gateway serves its own partition: give both the same";
    return [{ path: `link("${props.name}")`, got: `partition "${partition}"`, allowed: `"${home}"`, hint }];
  });
}
