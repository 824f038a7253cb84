// A plan → resources: one child for each item, named `<component>-<plan key>`, created after what it depends on.

import * as consul from "@pulumi/consul";
import type * as pulumi from "@pulumi/pulumi";
import { textSizeIssues } from "../../model/manifest-size";
import type { KvKeyItem, PlanItem } from "../../model/plan-types";
import type { Leaf } from "./leaves";
import { mistakesIn } from "./mistakes";
import { ownNames } from "./owned-names";
import {
  renderAclAuthMethod,
  renderAclBindingRule,
  renderAclPolicy,
  renderAclRole,
  renderAclToken,
  renderConfigEntry,
  renderKvKey,
  renderNode,
  renderService,
} from "./render";
import { keptSecret } from "./token-secret";

export interface Site {
  /** Parent of the children; its own Pulumi name starts theirs. */
  readonly parent: pulumi.ComponentResource;
  readonly name: string;
  /** Whom an error is about. */
  readonly subject: string;
  /** For names that all datacenters share. @default - it is not known at once */
  readonly datacenter?: string;
  /** Nodes that other components own, by their name in Consul. */
  readonly nodes?: ReadonlyMap<string, pulumi.Output<string>>;
  /** Components that realise plan keys which are not among these items; who depends on such a key depends on them all. */
  readonly elsewhere?: readonly pulumi.Resource[];
  /** Judges what is known late: it rejects before anything is created. @default - there is nothing to judge */
  readonly judged?: Promise<unknown>;
}

/** By plan key. */
export type Resources = ReadonlyMap<string, pulumi.CustomResource>;

/**
 * Creates the resources of a plan. The manifest is no resource: it is an output of the component.
 * @throws RunError where another component owns a name in Consul already
 */
export function realise(items: readonly PlanItem<Leaf>[], site: Site): Resources {
  const made = new Map<string, pulumi.CustomResource>();
  const own = items.filter((item) => !isElsewhere(item, site));
  const taken = ownNames(own, site);
  if (taken.length > 0) throw mistakesIn(site.subject, taken);
  for (const item of own) {
    if (item.kind === "manifest") continue;
    made.set(item.key, create(item, made, site));
  }
  return made;
}

function isElsewhere(item: PlanItem<Leaf>, { nodes }: Site): boolean {
  return item.kind === "node" && nodes?.has(item.args.name) === true;
}

type Realisable = Exclude<PlanItem<Leaf>, { kind: "manifest" }>;

function create(item: Realisable, made: Resources, site: Site): pulumi.CustomResource {
  const name = `${site.name}-${item.key}`;
  const dependencies = dependenciesOf(item, made, site);
  const dependsOn = site.judged === undefined ? dependencies : site.judged.then(() => dependencies);
  const opts = { parent: site.parent, dependsOn };
  switch (item.kind) {
    case "node":
      return new consul.Node(name, renderNode(item), opts);
    case "service":
      return new consul.Service(name, renderService(item, nodeNameOf(item.node, made, site)), opts);
    case "config-entry":
      return new consul.ConfigEntry(name, renderConfigEntry(item), opts);
    case "kv-key":
      return new consul.Keys(
        name,
        renderKvKey(item, (text) => refuseLarge(text, item, site)),
        opts,
      );
    case "acl-policy":
      return new consul.AclPolicy(name, renderAclPolicy(item), opts);
    case "acl-role":
      return new consul.AclRole(name, renderAclRole(item), opts);
    case "acl-token":
      return new consul.AclToken(name, renderAclToken(item), opts);
    case "acl-token-secret":
      return keptSecret(item, { name, opts, token: made.get(item.token), subject: site.subject });
    case "acl-auth-method":
      return new consul.AclAuthMethod(name, renderAclAuthMethod(item), opts);
    case "acl-binding-rule":
      return new consul.AclBindingRule(name, renderAclBindingRule(item), opts);
  }
}

/** What is late is not counted when the declaration is judged. */
function refuseLarge(text: string, { args }: KvKeyItem<Leaf>, { subject }: Site): void {
  const { services } = args.value;
  const issues = textSizeIssues(text, Array.isArray(services) ? services.length : 0);
  if (issues.length > 0) throw mistakesIn(subject, issues);
}

function dependenciesOf(item: Realisable, made: Resources, site: Site): pulumi.Resource[] {
  const here = item.dependsOn.flatMap((key) => made.get(key) ?? []);
  return here.length === item.dependsOn.length ? here : [...here, ...(site.elsewhere ?? [])];
}

const NODE_KEY = "node-";

function nodeNameOf(key: string, made: Resources, site: Site): pulumi.Output<string> {
  const node = made.get(key);
  const name = node instanceof consul.Node ? node.name : site.nodes?.get(key.slice(NODE_KEY.length));
  if (name === undefined) throw new Error(`the plan has no ${key}`);
  return name;
}
